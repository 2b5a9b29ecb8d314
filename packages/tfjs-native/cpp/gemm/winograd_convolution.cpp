#include "winograd_convolution.h"

#include "../runtime/scratch.h"
#include "../simd/parallel.h"
#include "winograd_operands.h"
#include "winograd_transforms.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

// Floats of transformed input per task: with what else a task touches, it stays in a 512 KiB second level.
constexpr std::size_t kTransformedFloats = 65536;
constexpr std::size_t kTilesStep = kRowBlock;
constexpr int kMinimumChannels = 16;
constexpr std::size_t kLineFloats = 16;  // of a cache line

// How many tiles of 4 and then of 2 outputs cover a line. A last tile may reach over the edge.
struct Cover {
  std::size_t fours, twos;

  std::size_t points() const { return Winograd<4>::kTile * fours + Winograd<2>::kTile * twos; }
};

Cover coverLine(std::size_t length, OperandPrecision precision) {
  if (precision == OperandPrecision::kBfloat16) return {0, divideUp(length, 2)};
  // Where three are left over, a tile of 4 takes 6 products, two of 2 take 8.
  const std::size_t left = length % 4;
  return {length / 4 + (left == 3 ? 1 : 0), left == 1 || left == 2 ? 1u : 0u};
}

// Tiles of one kind: `high` × `wide` of them in each image, the first at (top, left).
struct Region {
  std::size_t top, left, high, wide;
};

// An odd number of cache lines, so that what lies this far apart does not fall into a few cache sets.
std::size_t oddLines(std::size_t elements, std::size_t elementSize) {
  return (divideUp(elements * elementSize, 64) | 1) * (64 / elementSize);
}

// The outputs of one region, kHigh × kWide at a time.
template <typename Operands, int kHigh, int kWide>
struct Convolution {
  typedef typename Operands::Element Element;
  typedef Winograd<kHigh> Vertical;
  typedef Winograd<kWide> Horizontal;
  static constexpr int kTileHigh = Vertical::kTile, kTileWide = Horizontal::kTile;
  static constexpr int kPoints = kTileHigh * kTileWide;

  const ConvolutionShape& shape;
  const Region region;
  std::size_t depth, columns, tilesPerTask, rowSize, pointSize, panelSize, resultSize;

  Convolution(const ConvolutionShape& of, const Region& in)
      : shape(of),
        region(in),
        depth(of.inputChannels),
        columns(of.outputChannels),
        tilesPerTask(larger(1, kTransformedFloats / (kPoints * larger(depth, 1) * kTilesStep)) * kTilesStep),
        rowSize(Operands::rowElements(depth)),
        pointSize(oddLines(tilesPerTask * rowSize, sizeof(Element))),
        panelSize(depth * kPanelWidth),
        resultSize(oddLines(tilesPerTask * kPanelWidth, sizeof(float))) {}

  // G g Gᵀ for every (depth, column), packed as [panel][point][depth][kPanelWidth].
  void transformFilter(const WinogradFilter& filter, float* plain, float* panels) const {
    const std::size_t size = depth * columns;
    parallelChunks(size, 2048, [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; i += kWidth) {
        const int count = static_cast<int>(smaller(kWidth, end - i));
        Vector g[9], half[3 * kTileHigh], u[kPoints];
        for (int tap = 0; tap < 9; ++tap) {
          g[tap] = loadUpTo(filter.data + (filter.reversed ? 8 - tap : tap) * size + i, count);
        }
        transformTaps(g, half, u);
        for (int point = 0; point < kPoints; ++point) storeUpTo(plain + point * size + i, u[point], count);
      }
    });
    parallel(panelCount(columns) * kPoints, [&](std::size_t task) {
      const std::size_t index = task / kPoints, point = task % kPoints;
      // packPanelRows counts panels of one matrix; here those of the other points lie between.
      float* const target = panels + (index * (kPoints - 1) + point) * panelSize;
      packPanelRows(plain + point * size, filter.depthStride, filter.columnStride, 0, depth, depth, columns, index,
                    target);
    });
    // The last panel may be one vector wide.
    const std::size_t whole = columns / kPanelWidth;
    Operands::packFilter(panels, whole * kPoints, depth, kPanelWidth);
    if (whole < panelCount(columns)) {
      Operands::packFilter(panels + whole * kPoints * panelSize, kPoints, depth, columns - whole * kPanelWidth);
    }
  }

  SPIKEFIT_INLINE void transformTaps(const Vector* g, Vector* half, Vector* u) {
    for (int c = 0; c < 3; ++c) {
      Vector taps[3] = {g[c], g[3 + c], g[6 + c]}, points[kTileHigh];
      Vertical::filter(taps, 1, points);
      for (int r = 0; r < kTileHigh; ++r) half[3 * r + c] = points[r];
    }
    for (int r = 0; r < kTileHigh; ++r) Horizontal::filter(half + 3 * r, 1, u + kTileWide * r);
  }

  // Where tile `index` lies: the image and the first output.
  struct Place {
    std::size_t image, top, left;
  };
  Place placeOf(std::size_t index) const {
    return {index / (region.high * region.wide), region.top + index / region.wide % region.high * kHigh,
            region.left + index % region.wide * kWide};
  }

  // Bᵀ d B of `count` tiles, as [point][tile][depth].
  void transformInput(const float* x, std::size_t first, std::size_t count, const float* zeros,
                      Element* transformed) const {
    const float* addresses[2][kPoints];
    findPixels(x, placeOf(first), zeros, addresses[0]);
    for (std::size_t t = 0; t < count; ++t) {
      const float* const* const pixels = addresses[t % 2];
      const float** const next = addresses[(t + 1) % 2];
      findPixels(x, placeOf(first + smaller(t + 1, count - 1)), zeros, next);
      Element* const target = transformed + t * rowSize;
      for (std::size_t channel = 0; channel < depth; channel += kWidth) {
        const int lanes = static_cast<int>(smaller(kWidth, depth - channel));
        // Too many streams for the hardware to foresee.
        if (channel % kLineFloats == 0) {
          for (int i = 0; i < kPoints; ++i) __builtin_prefetch(next[i] + channel);
        }
        Vector d[kPoints];
        SPIKEFIT_UNROLL
        for (int c = 0; c < kTileWide; ++c) {
          Vector column[kTileHigh];
          SPIKEFIT_UNROLL
          for (int r = 0; r < kTileHigh; ++r) column[r] = loadUpTo(pixels[kTileWide * r + c] + channel, lanes);
          Vertical::input(column, column);
          SPIKEFIT_UNROLL
          for (int r = 0; r < kTileHigh; ++r) d[kTileWide * r + c] = column[r];
        }
        SPIKEFIT_UNROLL
        for (int r = 0; r < kTileHigh; ++r) {
          Vector v[kTileWide];
          Horizontal::input(d + kTileWide * r, v);
          SPIKEFIT_UNROLL
          for (int c = 0; c < kTileWide; ++c) {
            Operands::store(target + (kTileWide * r + c) * pointSize, channel, v[c], depth);
          }
        }
      }
    }
  }

  // The addresses of the tile's inputs; `zeros` stands for those outside the image.
  void findPixels(const float* x, const Place& place, const float* zeros, const float** pixels) const {
    const int top = static_cast<int>(place.top) - shape.padTop;
    const int left = static_cast<int>(place.left) - shape.padLeft;
    const float* const image = x + place.image * shape.inputHeight * shape.inputWidth * depth;
    for (int r = 0; r < kTileHigh; ++r) {
      for (int c = 0; c < kTileWide; ++c) {
        const int ih = top + r, iw = left + c;
        const bool inside = ih >= 0 && ih < shape.inputHeight && iw >= 0 && iw < shape.inputWidth;
        pixels[kTileWide * r + c] =
            inside ? image + (static_cast<std::size_t>(ih) * shape.inputWidth + iw) * depth : zeros;
      }
    }
  }

  // Aᵀ m A of `count` tiles; m is [point][tile][kPanelWidth], for the columns from `firstColumn` on.
  void transformOutput(const float* m, std::size_t first, std::size_t count, std::size_t firstColumn, float* y) const {
    const std::size_t width = smaller(kPanelWidth, columns - firstColumn);
    for (std::size_t t = 0; t < count; ++t) {
      const Place place = placeOf(first + t);
      const std::size_t rows = smaller(kHigh, shape.outputHeight - place.top);
      const std::size_t valid = smaller(kWide, shape.outputWidth - place.left);
      float* const corner = y + firstColumn +
                            ((place.image * shape.outputHeight + place.top) * shape.outputWidth + place.left) * columns;
      for (std::size_t column = 0; column < width; column += kWidth) {
        const int lanes = static_cast<int>(smaller(kWidth, width - column));
        const float* const source = m + t * kPanelWidth + column;
        Vector half[kHigh * kTileWide];
        SPIKEFIT_UNROLL
        for (int c = 0; c < kTileWide; ++c) {
          Vector points[kTileHigh];
          SPIKEFIT_UNROLL
          for (int r = 0; r < kTileHigh; ++r) points[r] = load(source + (kTileWide * r + c) * resultSize);
          Vertical::output(points, half + c, kTileWide);
        }
        for (std::size_t r = 0; r < rows; ++r) {
          Vector row[kWide];
          Horizontal::output(half + kTileWide * r, row, 1);
          float* const line = corner + r * shape.outputWidth * columns + column;
          for (std::size_t c = 0; c < valid; ++c) storeUpTo(line + c * columns, row[c], lanes);
        }
      }
    }
  }

  void runTask(const float* x, const float* panels, std::size_t first, std::size_t end, float* y) const {
    const std::size_t count = end - first;
    const std::size_t zeroFloats = divideUp(depth, kMaximumWidth) * kMaximumWidth;
    float* const zeros = scratchFloats(Scratch::kTile, zeroFloats + kPoints * pointSize * sizeof(Element) / 4);
    Element* const transformed = reinterpret_cast<Element*>(zeros + zeroFloats);
    float* const m = scratchFloats(Scratch::kPanels, kPoints * resultSize);
    clearFloats(zeros, depth);
    transformInput(x, first, count, zeros, transformed);
    for (std::size_t index = 0; index < panelCount(columns); ++index) {
      const std::size_t firstColumn = index * kPanelWidth;
      for (int point = 0; point < kPoints; ++point) {
        Operands::multiply(transformed + point * pointSize, count, depth, panels + (index * kPoints + point) * panelSize,
                           smaller(kPanelWidth, columns - firstColumn), m + point * resultSize);
      }
      transformOutput(m, first, count, firstColumn, y);
    }
  }

  void run(const float* x, const WinogradFilter& filter, float* y) const {
    float* const panels = scratchFloats(Scratch::kShared, panelCount(columns) * kPoints * panelSize);
    transformFilter(filter, scratchFloats(Scratch::kPartials, kPoints * depth * columns), panels);
    parallelChunks(shape.batch * region.high * region.wide, tilesPerTask, [&](std::size_t begin, std::size_t end) {
      runTask(x, panels, begin, end, y);
    });
  }
};

template <typename Operands, int kHigh, int kWide>
void convolveRegion(const ConvolutionShape& shape, const Region& region, const float* x, const WinogradFilter& filter,
                    float* y) {
  if (region.high * region.wide == 0) return;
  Convolution<Operands, kHigh, kWide>(shape, region).run(x, filter, y);
}

}  // namespace

bool winogradPays(const ConvolutionShape& shape, OperandPrecision precision) {
  if (shape.filterHeight != 3 || shape.filterWidth != 3) return false;
  if (shape.strideHeight != 1 || shape.strideWidth != 1) return false;
  // The transforms cost as much per channel as a few columns of products.
  if (shape.inputChannels < kMinimumChannels || shape.outputChannels < kMinimumChannels) return false;
  // Tiles that reach over the edge are computed whole: there must still be a quarter fewer products.
  const std::size_t products =
      coverLine(shape.outputHeight, precision).points() * coverLine(shape.outputWidth, precision).points();
  return 5 * products <= 4 * 9 * static_cast<std::size_t>(shape.outputHeight) * shape.outputWidth;
}

void winogradConvolution(const ConvolutionShape& shape, const float* x, const WinogradFilter& filter,
                         OperandPrecision precision, float* y) {
  const Cover high = coverLine(shape.outputHeight, precision), wide = coverLine(shape.outputWidth, precision);
  const std::size_t top = 4 * high.fours, left = 4 * wide.fours;
  if (precision == OperandPrecision::kBfloat16) {
    convolveRegion<Bfloat16Operands, 2, 2>(shape, {0, 0, high.twos, wide.twos}, x, filter, y);
    return;
  }
  convolveRegion<Float32Operands, 4, 4>(shape, {0, 0, high.fours, wide.fours}, x, filter, y);
  convolveRegion<Float32Operands, 4, 2>(shape, {0, left, high.fours, wide.twos}, x, filter, y);
  convolveRegion<Float32Operands, 2, 4>(shape, {top, 0, high.twos, wide.fours}, x, filter, y);
  convolveRegion<Float32Operands, 2, 2>(shape, {top, left, high.twos, wide.twos}, x, filter, y);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
