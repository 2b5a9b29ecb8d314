// result[pixels × columns] = patches[pixels × depth] · panels, in tiles of rows that are gathered into the
// cache just before they are used. Convolution forward and input gradient differ in what `gather` does.
#pragma once

#include "../runtime/scratch.h"
#include "../simd/parallel.h"
#include "multiply_pair_tile.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// Floats of gathered rows per task: a quarter of a typical 1 MiB second-level cache.
constexpr std::size_t kTileFloats = 49152;

// A multiple of kRowBlock.
SPIKEFIT_INLINE std::size_t tileRows(std::size_t depth) {
  const std::size_t blocks = kTileFloats / (larger(depth, 1) * kRowBlock);
  return kRowBlock * larger(2, smaller(blocks, 192 / kRowBlock));
}

// gather(first, count, rows, rowStride) writes patch rows [first, first + count).
template <typename Gather>
static void multiplyPatches(const Gather& gather, std::size_t pixels, std::size_t depth, const float* panels,
                            std::size_t columns, const float* biasOrNull, float* result) {
  const std::size_t tile = tileRows(depth);
  parallelChunks(pixels, tile, [&](std::size_t begin, std::size_t end) {
    float* const rows = scratchFloats(Scratch::kTile, tile * depth);
    gather(begin, end - begin, rows, depth);
    TileProduct product;
    product.left = rows;
    product.leftStride = depth;
    product.layout = Layout::kRows;
    product.rows = end - begin;
    product.depth = depth;
    product.panels = panels;
    product.columns = columns;
    product.firstPanel = 0;
    product.endPanel = panelCount(columns);
    product.result = result + begin * columns;
    product.resultStride = columns;
    product.start = biasOrNull == nullptr ? Start::kZero : Start::kBias;
    product.bias = biasOrNull;
    multiplyTile(product);
  });
}

// The same with operands rounded to bfloat16; the panels are those of pairPanels.
template <typename Gather>
static void multiplyPairPatches(const Gather& gather, std::size_t pixels, std::size_t depth, const float* panels,
                                std::size_t columns, float* result) {
  const std::size_t tile = tileRows(depth);
  parallelChunks(pixels, tile, [&](std::size_t begin, std::size_t end) {
    float* const rows = scratchFloats(Scratch::kTile, tile * depth);
    Pair* const pairs = reinterpret_cast<Pair*>(scratchFloats(Scratch::kPanels, tile * pairCount(depth)));
    gather(begin, end - begin, rows, depth);
    for (std::size_t r = 0; r < end - begin; ++r) {
      packPairRow(rows + r * depth, depth, pairs + r * pairCount(depth));
    }
    PairTileProduct product;
    product.left = pairs;
    product.leftStride = pairCount(depth);
    product.rows = end - begin;
    product.depth = depth;
    product.panels = reinterpret_cast<const Pair*>(panels);
    product.columns = columns;
    product.firstPanel = 0;
    product.endPanel = panelCount(columns);
    product.result = result + begin * columns;
    product.resultStride = columns;
    multiplyPairTile(product);
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
