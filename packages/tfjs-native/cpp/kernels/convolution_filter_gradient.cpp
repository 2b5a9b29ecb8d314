// dFilter[kh, kw, i, o] = Σ_{n, oh, ow} x[n, oh·sh + kh − top, ow·sw + kw − left, i] · dy[n, oh, ow, o]
//
// The transposed patch matrix times dy. The sum over pixels is cut into chunks by shape alone; each chunk
// sums into its own copy of dFilter, and the copies are added in order.
#include "../gemm/gather_rows.h"
#include "../gemm/patch_product.h"
#include "kernels.h"
#include "partial_sums.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

constexpr std::size_t kMaximumChunks = 32;
constexpr std::size_t kMinimumChunkPixels = 1024;
constexpr std::size_t kPackedRows = 4;
constexpr std::size_t kPartialFloats = 4u << 20;  // all copies of dFilter together

std::size_t chunkPixels(std::size_t pixels, std::size_t filterSize) {
  const std::size_t byMemory = larger(1, kPartialFloats / larger(filterSize, 1));
  const std::size_t chunks = smaller(smaller(kMaximumChunks, byMemory), divideUp(pixels, kMinimumChunkPixels));
  return divideUp(pixels, larger(chunks, 1));
}

// Row stride of the gathered tile: an odd number of cache lines, so that a column of it does not fall into
// a few cache sets.
std::size_t paddedStride(std::size_t depth) {
  const std::size_t lines = divideUp(depth, 16);
  return 16 * (lines % 2 == 0 ? lines + 1 : lines);
}

struct Chunk {
  const ConvolutionShape& shape;
  const float* x;
  const float* dy;
  std::size_t depth, columns, rowsPerTile;

  void sum(std::size_t begin, std::size_t end, float* target) const {
    const std::size_t stride = paddedStride(depth);
    float* const patches = scratchFloats(Scratch::kTile, rowsPerTile * stride);
    float* const panels = scratchFloats(Scratch::kPanels, panelsSize(rowsPerTile, columns));
    for (std::size_t first = begin; first < end; first += rowsPerTile) {
      const std::size_t count = smaller(rowsPerTile, end - first);
      gatherPatches(shape, x, first, count, patches, stride);
      // A few rows of all panels at a time: dy is read in the order in which it lies in memory.
      for (std::size_t row = 0; row < count; row += kPackedRows) {
        const float* const source = dy + (first + row) * columns;
        const std::size_t rows = smaller(kPackedRows, count - row);
        for (std::size_t index = 0; index < panelCount(columns); ++index) {
          packPanelRows(source, columns, 1, row, rows, count, columns, index, panels);
        }
      }
      TileProduct product;
      product.left = patches;
      product.leftStride = stride;
      product.layout = Layout::kColumns;
      product.rows = depth;
      product.depth = count;
      product.panels = panels;
      product.columns = columns;
      product.firstPanel = 0;
      product.endPanel = panelCount(columns);
      product.result = target;
      product.resultStride = columns;
      product.start = first == begin ? Start::kZero : Start::kAccumulate;
      product.bias = nullptr;
      multiplyTile(product);
    }
  }
};

}  // namespace

void convolutionFilterGradient(const ConvolutionShape& shape, const float* x, const float* dy, float* dFilter) {
  const std::size_t columns = shape.outputChannels;
  const std::size_t depth = static_cast<std::size_t>(shape.filterHeight) * shape.filterWidth * shape.inputChannels;
  const std::size_t size = depth * columns;
  const std::size_t pixels = shape.outputPixels();
  if (pixels == 0) {
    clearFloats(dFilter, size);
    return;
  }
  const std::size_t perChunk = chunkPixels(pixels, size);
  const std::size_t chunks = divideUp(pixels, perChunk);
  const std::size_t rowsPerTile = larger(32, smaller(256, kTileFloats / larger(depth, 1)));
  const Chunk work{shape, x, dy, depth, columns, rowsPerTile};
  if (chunks == 1) {
    parallel(1, [&](std::size_t) { work.sum(0, pixels, dFilter); });
    return;
  }
  float* const partials = scratchFloats(Scratch::kPartials, chunks * size);
  parallel(chunks, [&](std::size_t index) {
    const std::size_t begin = index * perChunk;
    work.sum(begin, smaller(begin + perChunk, pixels), partials + index * size);
  });
  addPartialSums(partials, chunks, size, dFilter);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
