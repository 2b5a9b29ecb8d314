// How the transformed operands of a Winograd convolution lie in memory, and their products:
// [rows × depth] · one packed panel → [rows × kPanelWidth].
#pragma once

#include "multiply_pair_tile.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// `Element` is what a row is made of; it takes `rowElements` of them.
struct Float32Operands {
  typedef float Element;
  SPIKEFIT_INLINE std::size_t rowElements(std::size_t depth) { return depth; }
  SPIKEFIT_INLINE void store(float* row, std::size_t channel, Vector value, std::size_t depth) {
    storeUpTo(row + channel, value, static_cast<int>(smaller(kWidth, depth - channel)));
  }
  // Rounds packed panels in place.
  SPIKEFIT_INLINE void packFilter(float*, std::size_t, std::size_t, std::size_t) {}
  SPIKEFIT_INLINE void multiply(const float* rows, std::size_t count, std::size_t depth, const float* panel,
                                std::size_t columns, float* result) {
    TileProduct product;
    product.left = rows;
    product.leftStride = depth;
    product.layout = Layout::kRows;
    product.rows = count;
    product.depth = depth;
    product.panels = panel;
    product.columns = columns;
    product.firstPanel = 0;
    product.endPanel = 1;
    product.result = result;
    product.resultStride = kPanelWidth;
    product.start = Start::kZero;
    product.bias = nullptr;
    multiplyTile(product);
  }
};

struct Bfloat16Operands {
  typedef Bfloat16 Element;
  SPIKEFIT_INLINE std::size_t rowElements(std::size_t depth) { return 2 * pairCount(depth); }
  SPIKEFIT_INLINE void store(Bfloat16* row, std::size_t channel, Vector value, std::size_t depth) {
    storeUpTo(row + channel, value, static_cast<int>(smaller(kWidth, depth - channel)));
    if (depth % 2 == 1 && channel + kWidth >= depth) row[depth] = 0;
  }
  SPIKEFIT_INLINE void packFilter(float* panels, std::size_t matrices, std::size_t depth, std::size_t columns) {
    pairPanels(panels, matrices, depth, columns);
  }
  SPIKEFIT_INLINE void multiply(const Bfloat16* rows, std::size_t count, std::size_t depth, const float* panel,
                                std::size_t columns, float* result) {
    PairTileProduct product;
    product.left = reinterpret_cast<const Pair*>(rows);
    product.leftStride = pairCount(depth);
    product.rows = count;
    product.depth = depth;
    product.panels = reinterpret_cast<const Pair*>(panel);
    product.columns = columns;
    product.firstPanel = 0;
    product.endPanel = 1;
    product.result = result;
    product.resultStride = kPanelWidth;
    multiplyPairTile(product);
  }
};

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
