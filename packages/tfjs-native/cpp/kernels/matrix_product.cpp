// c[b] = op(a[b]) · op(b[b]) + bias, op transposes if asked; bias is [columns], added to every row.
//
// Wide products are cut into blocks of columns. A task packs the right-hand side of its columns, one block of the depth
// at a time, into a panel that stays in the second-level cache while all rows pass by: what is packed never goes to
// memory. The left-hand side, which every task reads, is copied to compact tiles once. (Goto and van de Geijn, "Anatomy
// of High-Performance Matrix Multiplication", 2008.) Narrow products share one packed right-hand side, and tasks are
// blocks of rows. Every element is summed over the depth in ascending order either way: the same bits.
#include "../gemm/patch_product.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

constexpr std::size_t kRowsPerTask = 96;           // a multiple of every kRowBlock
constexpr std::size_t kPanelsPerTask = 256 / kPanelWidth;
constexpr std::size_t kColumnsPerTask = 128;       // a multiple of kPanelWidth
constexpr std::size_t kPackedRows = 32;           // of every panel before the next ones, for the sake of the source's pages
constexpr std::size_t kMinimumColumnTasks = 8;

// Copies rows [row, row + rows) of a transposed left-hand side, [depth × allRows] in memory, to
// [depth × rows], so that the inner loop does not stride over whole rows of it.
void packTransposedRows(const float* a, std::size_t allRows, std::size_t row, std::size_t rows,
                        std::size_t depth, float* tile) {
  for (std::size_t k = 0; k < depth; ++k) copyFloats(tile + k * rows, a + k * allRows + row, rows);
}

struct Product {
  const MatrixProductShape& shape;
  const float* a;
  const float* b;
  const float* bias;
  float* c;

  Layout leftLayout() const { return shape.transposeA ? Layout::kColumns : Layout::kRows; }

  // Tiles of kRowsPerTask × kDepthBlock elements, those of one block of the depth behind each other. Tile (k, row)
  // starts at k · rows + row · (depth of its block) and is laid out as `a` is.
  void packLeft(float* tiles) const {
    const std::size_t rows = shape.rows, depth = shape.depth;
    const std::size_t rowTiles = divideUp(rows, kRowsPerTask);
    parallel(rowTiles * divideUp(depth, kDepthBlock), [&](std::size_t task) {
      const std::size_t k = task / rowTiles * kDepthBlock, row = task % rowTiles * kRowsPerTask;
      const std::size_t depthHere = smaller(kDepthBlock, depth - k), rowsHere = smaller(kRowsPerTask, rows - row);
      float* const tile = tiles + k * rows + row * depthHere;
      if (shape.transposeA) {
        packTransposedRows(a + k * rows, rows, row, rowsHere, depthHere, tile);
        return;
      }
      for (std::size_t r = 0; r < rowsHere; ++r) {
        copyFloats(tile + r * depthHere, a + (row + r) * depth + k, depthHere);
      }
    });
  }

  void packRight(std::size_t k, std::size_t depth, std::size_t column, std::size_t columns, float* panels) const {
    const std::size_t rowStride = shape.transposeB ? 1 : shape.columns;
    const std::size_t columnStride = shape.transposeB ? shape.depth : 1;
    for (std::size_t row = 0; row < depth; row += kPackedRows) {
      const float* const source = b + (k + row) * rowStride + column * columnStride;
      const std::size_t rows = smaller(kPackedRows, depth - row);
      for (std::size_t index = 0; index < panelCount(columns); ++index) {
        packPanelRows(source, rowStride, columnStride, row, rows, depth, columns, index, panels);
      }
    }
  }

  void multiplyColumns(const float* tiles, std::size_t column) const {
    const std::size_t rows = shape.rows, depth = shape.depth;
    TileProduct product;
    product.layout = leftLayout();
    product.columns = smaller(kColumnsPerTask, shape.columns - column);
    product.firstPanel = 0;
    product.endPanel = panelCount(product.columns);
    product.resultStride = shape.columns;
    product.bias = bias == nullptr ? nullptr : bias + column;
    float* const panels = scratchFloats(Scratch::kPanels, panelsSize(kDepthBlock, kColumnsPerTask));
    product.panels = panels;
    for (std::size_t k = 0; k < depth || k == 0; k += kDepthBlock) {
      product.depth = smaller(kDepthBlock, depth - k);
      product.start = k > 0 ? Start::kAccumulate : bias == nullptr ? Start::kZero : Start::kBias;
      packRight(k, product.depth, column, product.columns, panels);
      for (std::size_t row = 0; row < rows; row += kRowsPerTask) {
        product.rows = smaller(kRowsPerTask, rows - row);
        product.left = tiles + k * rows + row * product.depth;
        product.leftStride = shape.transposeA ? product.rows : product.depth;
        product.result = c + row * shape.columns + column;
        multiplyTile(product);
      }
    }
  }

  void byColumns() const {
    float* const tiles = scratchFloats(Scratch::kShared, static_cast<std::size_t>(shape.rows) * shape.depth);
    packLeft(tiles);
    parallel(divideUp(shape.columns, kColumnsPerTask),
             [&](std::size_t task) { multiplyColumns(tiles, task * kColumnsPerTask); });
  }

  void byRows() const {
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
      product.layout = leftLayout();
      if (shape.transposeA) {
        float* const tile = scratchFloats(Scratch::kTile, depth * product.rows);
        packTransposedRows(a, rows, row, product.rows, depth, tile);
        product.left = tile;
        product.leftStride = product.rows;
      } else {
        product.left = a + row * depth;
        product.leftStride = depth;
      }
      product.panels = panels;
      product.columns = columns;
      product.firstPanel = task % columnTasks * kPanelsPerTask;
      product.endPanel = smaller(product.firstPanel + kPanelsPerTask, panelCount(columns));
      product.result = c + row * columns;
      product.resultStride = columns;
      product.start = bias == nullptr ? Start::kZero : Start::kBias;
      product.bias = bias;
      multiplyTile(product);
    });
  }
};

}  // namespace

void matrixProduct(const MatrixProductShape& shape, const float* a, const float* b, const float* biasOrNull,
                   float* c) {
  const std::size_t size = static_cast<std::size_t>(shape.rows) * shape.columns;
  for (int index = 0; index < shape.batch; ++index) {
    const Product product{shape, a + index * shape.batchStrideA, b + index * shape.batchStrideB, biasOrNull,
                          c + index * size};
    if (divideUp(shape.columns, kColumnsPerTask) >= kMinimumColumnTasks) product.byColumns();
    else product.byRows();
  }
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
