#include "multiply_tile.h"

#include "tile_sums.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

// Floats of a panel that are fetched ahead: a page of 4 KiB, where the hardware's own streams end.
constexpr std::size_t kFetchAhead = 1024;

struct Block {
  const float* left;
  std::size_t leftStride;
  const float* panel;
  std::size_t depth;
  float* result;
  std::size_t resultStride;
  int columns;  // valid columns of the panel
  Start start;
  const float* bias;
};

template <int kRows, int kVectors, Layout kLayout>
void multiplyBlock(const Block& block) {
  Vector sum[kRows][kVectors];
  const int columns = block.columns;
  if (block.start == Start::kAccumulate) {
    loadSums(block.result, block.resultStride, columns, sum);
  } else {
    Vector start[kVectors];
    SPIKEFIT_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      start[v] = block.start == Start::kBias ? loadUpTo(block.bias + v * kWidth, columns - v * kWidth) : splat(0.0f);
    }
    startSums(start, sum);
  }

  const float* left = block.left;
  const float* panel = block.panel;
  const std::size_t stride = block.leftStride;
  for (std::size_t k = 0; k < block.depth; ++k) {
    Vector right[kVectors];
    SPIKEFIT_UNROLL
    for (int v = 0; v < kVectors; ++v) right[v] = load(panel + v * kWidth);
    SPIKEFIT_UNROLL
    for (int row = 0; row < kRows; ++row) {
      const Vector factor = splat(kLayout == Layout::kRows ? left[row * stride] : left[row]);
      SPIKEFIT_UNROLL
      for (int v = 0; v < kVectors; ++v) sum[row][v] = multiplyAdd(factor, right[v], sum[row][v]);
    }
    left += kLayout == Layout::kRows ? 1 : stride;
    __builtin_prefetch(panel + kFetchAhead);
    panel += kVectors * kWidth;
  }

  storeSums(block.result, block.resultStride, columns, sum);
}

template <int kRows, Layout kLayout>
SPIKEFIT_INLINE void multiplyRows(Block block, bool wide, std::size_t& row, std::size_t rows,
                                  std::size_t leftStep) {
  for (; row + kRows <= rows; row += kRows) {
    Block part = block;
    part.left += row * leftStep;
    part.result += row * block.resultStride;
    if (wide) multiplyBlock<kRows, kPanelVectors, kLayout>(part);
    else multiplyBlock<kRows, 1, kLayout>(part);
  }
}

template <Layout kLayout>
void multiplyPanels(const TileProduct& product) {
  const std::size_t leftStep = kLayout == Layout::kRows ? product.leftStride : 1;
  for (std::size_t k = 0; k < product.depth || k == 0; k += kDepthBlock) {
    const std::size_t depth = smaller(kDepthBlock, product.depth - k);
    for (std::size_t index = product.firstPanel; index < product.endPanel; ++index) {
      const std::size_t first = index * kPanelWidth;
      const std::size_t width = panelWidth(product.columns, first);
      Block block;
      block.left = product.left + (kLayout == Layout::kRows ? k : k * product.leftStride);
      block.leftStride = product.leftStride;
      block.panel = product.panels + index * product.depth * kPanelWidth + k * width;
      block.depth = depth;
      block.result = product.result + first;
      block.resultStride = product.resultStride;
      block.columns = static_cast<int>(smaller(width, product.columns - first));
      block.start = k > 0 ? Start::kAccumulate : product.start;
      block.bias = product.bias == nullptr ? nullptr : product.bias + first;
      const bool wide = width == static_cast<std::size_t>(kPanelWidth);
      std::size_t row = 0;
      multiplyRows<kRowBlock, kLayout>(block, wide, row, product.rows, leftStep);
      multiplyRows<kRowBlock / 2, kLayout>(block, wide, row, product.rows, leftStep);
      multiplyRows<1, kLayout>(block, wide, row, product.rows, leftStep);
    }
  }
}

}  // namespace

void multiplyTile(const TileProduct& product) {
  if (product.layout == Layout::kRows) multiplyPanels<Layout::kRows>(product);
  else multiplyPanels<Layout::kColumns>(product);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
