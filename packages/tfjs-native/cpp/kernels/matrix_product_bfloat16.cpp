// c[b] = op(a[b]) · op(b[b]) with both operands rounded to bfloat16; products are exact and sums are float32, in the
// order of multiply_pair_tile.h.
#include "../gemm/patch_product.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

constexpr std::size_t kRowsPerTask = 96;  // a multiple of every row block
constexpr std::size_t kPanelsPerTask = 256 / kPanelWidth;

// Element (r, k) of the left-hand side is at a[r · rowStride + k · depthStride].
void packRows(const float* a, std::size_t rowStride, std::size_t depthStride, std::size_t rows, std::size_t depth,
              Pair* target) {
  float* const row = scratchFloats(Scratch::kTile, depth);
  for (std::size_t r = 0; r < rows; ++r) {
    const float* source = a + r * rowStride;
    if (depthStride != 1) {
      for (std::size_t k = 0; k < depth; ++k) row[k] = source[k * depthStride];
      source = row;
    }
    packPairRow(source, depth, target + r * pairCount(depth));
  }
}

void multiplyOne(const MatrixProductShape& shape, const float* a, const float* b, float* c) {
  const std::size_t rows = shape.rows, columns = shape.columns, depth = shape.depth;
  float* const panels = scratchFloats(Scratch::kShared, panelsSize(depth, columns));
  packPanels(b, shape.transposeB ? 1 : columns, shape.transposeB ? depth : 1, depth, columns, panels);
  pairPanels(panels, 1, depth, columns);
  Pair* const left = reinterpret_cast<Pair*>(scratchFloats(Scratch::kPartials, rows * pairCount(depth)));
  parallelChunks(rows, kRowsPerTask, [&](std::size_t begin, std::size_t end) {
    packRows(a + begin * (shape.transposeA ? 1 : depth), shape.transposeA ? 1 : depth, shape.transposeA ? rows : 1,
             end - begin, depth, left + begin * pairCount(depth));
  });
  const std::size_t columnTasks = divideUp(panelCount(columns), kPanelsPerTask);
  parallel(divideUp(rows, kRowsPerTask) * columnTasks, [&](std::size_t task) {
    const std::size_t row = task / columnTasks * kRowsPerTask;
    PairTileProduct product;
    product.left = left + row * pairCount(depth);
    product.leftStride = pairCount(depth);
    product.rows = smaller(kRowsPerTask, rows - row);
    product.depth = depth;
    product.panels = reinterpret_cast<const Pair*>(panels);
    product.columns = columns;
    product.firstPanel = task % columnTasks * kPanelsPerTask;
    product.endPanel = smaller(product.firstPanel + kPanelsPerTask, panelCount(columns));
    product.result = c + row * columns;
    product.resultStride = columns;
    multiplyPairTile(product);
  });
}

}  // namespace

void matrixProductBfloat16(const MatrixProductShape& shape, const float* a, const float* b, float* c) {
  const std::size_t size = static_cast<std::size_t>(shape.rows) * shape.columns;
  for (int index = 0; index < shape.batch; ++index) {
    multiplyOne(shape, a + index * shape.batchStrideA, b + index * shape.batchStrideB, c + index * size);
  }
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
