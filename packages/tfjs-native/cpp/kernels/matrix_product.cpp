// c[b] = op(a[b]) · op(b[b]) + bias, op transposes if asked; bias is [columns], added to every row.
//
// The right-hand side is packed once per matrix; tasks are blocks of rows × columns of the result.
#include "../gemm/patch_product.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

constexpr std::size_t kRowsPerTask = 96;           // a multiple of every kRowBlock
constexpr std::size_t kPanelsPerTask = 256 / kPanelWidth;

// Copies rows [row, row + rows) of a transposed left-hand side, [depth × allRows] in memory, to
// [depth × rows], so that the inner loop does not stride over whole rows of it.
void packTransposedRows(const float* a, std::size_t allRows, std::size_t row, std::size_t rows,
                        std::size_t depth, float* tile) {
  for (std::size_t k = 0; k < depth; ++k) copyFloats(tile + k * rows, a + k * allRows + row, rows);
}

void multiplyOne(const MatrixProductShape& shape, const float* a, const float* b, const float* biasOrNull,
                 float* c) {
  const std::size_t rows = shape.rows, columns = shape.columns, depth = shape.depth;
  float* const panels = scratchFloats(Scratch::kShared, panelsSize(depth, columns));
  packPanels(b, shape.transposeB ? 1 : columns, shape.transposeB ? depth : 1, depth, columns, panels);
  const std::size_t rowTasks = divideUp(rows, kRowsPerTask);
  const std::size_t columnTasks = divideUp(panelCount(columns), kPanelsPerTask);
  parallel(rowTasks * columnTasks, [&](std::size_t task) {
    const std::size_t row = task / columnTasks * kRowsPerTask;
    TileProduct product;
    product.rows = smaller(kRowsPerTask, rows - row);
    product.depth = depth;
    if (shape.transposeA) {
      float* const tile = scratchFloats(Scratch::kTile, depth * product.rows);
      packTransposedRows(a, rows, row, product.rows, depth, tile);
      product.left = tile;
      product.leftStride = product.rows;
      product.layout = Layout::kColumns;
    } else {
      product.left = a + row * depth;
      product.leftStride = depth;
      product.layout = Layout::kRows;
    }
    product.panels = panels;
    product.columns = columns;
    product.firstPanel = task % columnTasks * kPanelsPerTask;
    product.endPanel = smaller(product.firstPanel + kPanelsPerTask, panelCount(columns));
    product.result = c + row * columns;
    product.resultStride = columns;
    product.start = biasOrNull == nullptr ? Start::kZero : Start::kBias;
    product.bias = biasOrNull;
    multiplyTile(product);
  });
}

}  // namespace

void matrixProduct(const MatrixProductShape& shape, const float* a, const float* b, const float* biasOrNull,
                   float* c) {
  const std::size_t size = static_cast<std::size_t>(shape.rows) * shape.columns;
  for (int index = 0; index < shape.batch; ++index) {
    multiplyOne(shape, a + index * shape.batchStrideA, b + index * shape.batchStrideB, biasOrNull,
                c + index * size);
  }
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
