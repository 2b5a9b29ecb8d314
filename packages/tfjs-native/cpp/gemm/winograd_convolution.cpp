#include "winograd_convolution.h"

#include "../runtime/scratch.h"
#include "../simd/parallel.h"
#include "multiply_pair_tile.h"
#include "winograd_transforms.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

// Floats of transformed input per task: with the filter panel beside it, it stays in a 512 KiB second level.
constexpr std::size_t kTransformedFloats = 65536;
constexpr std::size_t kTilesStep = 12;  // a multiple of every kRowBlock
constexpr int kMinimumChannels = 16;

constexpr int kOutput = kWinogradOutput;
constexpr int kTile = kWinogradTile;
constexpr int kPoints = kTile * kTile;

// How transformed operands lie in memory, and their product: [rows × depth] · one packed panel → [rows × kPanelWidth].
// `Element` is what a row is made of; it takes `rowElements` of them.
struct Float32Operands {
  typedef float Element;
  static std::size_t rowElements(std::size_t depth) { return depth; }
  static void store(float* row, std::size_t channel, Vector value, std::size_t depth) {
    storeUpTo(row + channel, value, static_cast<int>(smaller(kWidth, depth - channel)));
  }
  // Panels of one width are rounded in place.
  static void packFilter(float*, std::size_t, std::size_t, std::size_t) {}
  static void multiply(const float* rows, std::size_t count, std::size_t depth, const float* panel,
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
  static std::size_t rowElements(std::size_t depth) { return 2 * pairCount(depth); }
  static void store(Bfloat16* row, std::size_t channel, Vector value, std::size_t depth) {
    storeUpTo(row + channel, value, static_cast<int>(smaller(kWidth, depth - channel)));
    if (depth % 2 == 1 && channel + kWidth >= depth) row[depth] = 0;
  }
  static void packFilter(float* panels, std::size_t panelCount, std::size_t depth, std::size_t width) {
    pairPanels(panels, panelCount, depth, width);
  }
  static void multiply(const Bfloat16* rows, std::size_t count, std::size_t depth, const float* panel,
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

template <typename Operands>
struct Convolution {
  typedef typename Operands::Element Element;

  const ConvolutionShape& shape;
  std::size_t depth, columns, tilesHigh, tilesWide, tilesPerTask;

  explicit Convolution(const ConvolutionShape& of)
      : shape(of),
        depth(of.inputChannels),
        columns(of.outputChannels),
        tilesHigh(divideUp(of.outputHeight, kOutput)),
        tilesWide(divideUp(of.outputWidth, kOutput)),
        tilesPerTask(larger(1, kTransformedFloats / (kPoints * larger(depth, 1) * kTilesStep)) * kTilesStep) {}

  // G g Gᵀ for every (depth, column), packed as [panel][point][depth][kPanelWidth].
  void transformFilter(const WinogradFilter& filter, float* plain, float* panels) const {
    const std::size_t size = depth * columns;
    parallelChunks(size, 2048, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; i += kWidth) {
        const int count = static_cast<int>(smaller(kWidth, end - i));
        Vector g[9], half[3 * kTile], u[kPoints];
        for (int tap = 0; tap < 9; ++tap) {
          g[tap] = loadUpTo(filter.data + (filter.reversed ? 8 - tap : tap) * size + i, count);
        }
        for (int c = 0; c < 3; ++c) winogradFilter(g + c, 3, half + c);
        for (int r = 0; r < kTile; ++r) winogradFilter(half + 3 * r, 1, u + kTile * r);
        for (int point = 0; point < kPoints; ++point) storeUpTo(plain + point * size + i, u[point], count);
      }
    });
    const std::size_t panelSize = depth * kPanelWidth;
    parallel(panelCount(columns) * kPoints, [&](std::size_t task) {
      const std::size_t index = task / kPoints, point = task % kPoints;
      // packPanelRows counts panels of one matrix; here those of the other points lie between.
      float* const target = panels + (index * (kPoints - 1) + point) * panelSize;
      packPanelRows(plain + point * size, filter.depthStride, filter.columnStride, 0, depth, depth, columns,
                    index, target);
    });
    // The last panel may be one vector wide.
    const std::size_t whole = columns / kPanelWidth;
    Operands::packFilter(panels, whole * kPoints, depth, kPanelWidth);
    if (whole < panelCount(columns)) {
      Operands::packFilter(panels + whole * kPoints * panelSize, kPoints, depth, columns - whole * kPanelWidth);
    }
  }

  // Bᵀ d B of `count` tiles, as [point][tile][depth].
  void transformInput(const float* x, std::size_t first, std::size_t count, const float* zeros,
                      Element* transformed) const {
    const std::size_t rowSize = Operands::rowElements(depth);
    for (std::size_t t = 0; t < count; ++t) {
      const float* pixels[kPoints];
      findPixels(x, first + t, zeros, pixels);
      Element* const target = transformed + t * rowSize;
      for (std::size_t channel = 0; channel < depth; channel += kWidth) {
        const int lanes = static_cast<int>(smaller(kWidth, depth - channel));
        Vector d[kPoints], v[kPoints];
        SPIKEFIT_UNROLL
        for (int c = 0; c < kTile; ++c) {
          Vector column[kTile];
          SPIKEFIT_UNROLL
          for (int r = 0; r < kTile; ++r) column[r] = loadUpTo(pixels[kTile * r + c] + channel, lanes);
          winogradInput(column, column);
          SPIKEFIT_UNROLL
          for (int r = 0; r < kTile; ++r) d[kTile * r + c] = column[r];
        }
        SPIKEFIT_UNROLL
        for (int r = 0; r < kTile; ++r) {
          winogradInput(d + kTile * r, v);
          SPIKEFIT_UNROLL
          for (int c = 0; c < kTile; ++c) {
            Operands::store(target + (kTile * r + c) * tilesPerTask * rowSize, channel, v[c], depth);
          }
        }
      }
    }
  }

  // The addresses of the tile's inputs; `zeros` stands for those outside the image.
  void findPixels(const float* x, std::size_t tile, const float* zeros, const float** pixels) const {
    const std::size_t n = tile / (tilesHigh * tilesWide);
    const int top = static_cast<int>(tile / tilesWide % tilesHigh) * kOutput - shape.padTop;
    const int left = static_cast<int>(tile % tilesWide) * kOutput - shape.padLeft;
    const float* const image = x + n * shape.inputHeight * shape.inputWidth * depth;
    for (int r = 0; r < kTile; ++r) {
      for (int c = 0; c < kTile; ++c) {
        const int ih = top + r, iw = left + c;
        const bool inside = ih >= 0 && ih < shape.inputHeight && iw >= 0 && iw < shape.inputWidth;
        pixels[kTile * r + c] =
            inside ? image + (static_cast<std::size_t>(ih) * shape.inputWidth + iw) * depth : zeros;
      }
    }
  }

  // Aᵀ m A of `count` tiles; m is [point][tile][kPanelWidth], for the columns from `firstColumn` on.
  void transformOutput(const float* m, std::size_t first, std::size_t count, std::size_t firstColumn,
                       float* y) const {
    const std::size_t width = smaller(kPanelWidth, columns - firstColumn);
    const std::size_t pointSize = tilesPerTask * kPanelWidth;
    for (std::size_t t = 0; t < count; ++t) {
      const std::size_t tile = first + t;
      const std::size_t n = tile / (tilesHigh * tilesWide);
      const std::size_t top = tile / tilesWide % tilesHigh * kOutput, left = tile % tilesWide * kOutput;
      for (std::size_t column = 0; column < width; column += kWidth) {
        const float* const source = m + t * kPanelWidth + column;
        Vector half[kOutput * kTile];
        SPIKEFIT_UNROLL
        for (int c = 0; c < kTile; ++c) {
          Vector points[kTile];
          SPIKEFIT_UNROLL
          for (int r = 0; r < kTile; ++r) points[r] = load(source + (kTile * r + c) * pointSize);
          winogradOutput(points, half + c, kTile);
        }
        for (std::size_t r = 0; r < kOutput && top + r < static_cast<std::size_t>(shape.outputHeight); ++r) {
          Vector row[kOutput];
          winogradOutput(half + kTile * r, row, 1);
          float* const line =
              y + ((n * shape.outputHeight + top + r) * shape.outputWidth + left) * columns + firstColumn + column;
          const std::size_t valid = smaller(kOutput, shape.outputWidth - left);
          for (std::size_t c = 0; c < valid; ++c) {
            storeUpTo(line + c * columns, row[c], static_cast<int>(smaller(kWidth, width - column)));
          }
        }
      }
    }
  }

  void runTask(const float* x, const float* panels, std::size_t first, std::size_t end, float* y) const {
    const std::size_t count = end - first;
    const std::size_t pointSize = tilesPerTask * Operands::rowElements(depth);
    float* const zeros = scratchFloats(Scratch::kTile, depth + kMaximumWidth + kPoints * pointSize * sizeof(Element) / 4);
    Element* const transformed = reinterpret_cast<Element*>(zeros + divideUp(depth, kMaximumWidth) * kMaximumWidth);
    float* const m = scratchFloats(Scratch::kPanels, kPoints * tilesPerTask * kPanelWidth);
    clearFloats(zeros, depth);
    transformInput(x, first, count, zeros, transformed);
    for (std::size_t index = 0; index < panelCount(columns); ++index) {
      const std::size_t firstColumn = index * kPanelWidth;
      for (int point = 0; point < kPoints; ++point) {
        Operands::multiply(transformed + point * pointSize, count, depth,
                           panels + (index * kPoints + point) * depth * kPanelWidth,
                           smaller(kPanelWidth, columns - firstColumn), m + point * tilesPerTask * kPanelWidth);
      }
      transformOutput(m, first, count, firstColumn, y);
    }
  }

  void run(const float* x, const WinogradFilter& filter, float* y) const {
    float* const panels = scratchFloats(Scratch::kShared, panelCount(columns) * kPoints * depth * kPanelWidth);
    transformFilter(filter, scratchFloats(Scratch::kPartials, kPoints * depth * columns), panels);
    parallelChunks(shape.batch * tilesHigh * tilesWide, tilesPerTask, [&](std::size_t begin, std::size_t end) {
      runTask(x, panels, begin, end, y);
    });
  }
};

}  // namespace

bool winogradPays(const ConvolutionShape& shape) {
  if (shape.filterHeight != 3 || shape.filterWidth != 3) return false;
  if (shape.strideHeight != 1 || shape.strideWidth != 1) return false;
  // The transforms cost as much per channel as a few columns of products.
  if (shape.inputChannels < kMinimumChannels || shape.outputChannels < kMinimumChannels) return false;
  // Tiles that reach over the edge are computed whole: there must still be a quarter fewer products.
  const std::size_t tiles = divideUp(shape.outputHeight, kOutput) * divideUp(shape.outputWidth, kOutput);
  return 5 * kPoints * tiles <= 4 * 9 * static_cast<std::size_t>(shape.outputHeight) * shape.outputWidth;
}

void winogradConvolution(const ConvolutionShape& shape, const float* x, const WinogradFilter& filter,
                         OperandPrecision precision, float* y) {
  if (precision == OperandPrecision::kBfloat16) Convolution<Bfloat16Operands>(shape).run(x, filter, y);
  else Convolution<Float32Operands>(shape).run(x, filter, y);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
