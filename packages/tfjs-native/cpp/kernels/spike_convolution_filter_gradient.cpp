// convolutionFilterGradient for x kept as bits, by subset-sum tables of dy (tables/subset_sums.h): the groups are
// four consecutive output pixels of an image, their tables are shared by all taps and channels, and a row of the
// filter looks up the four spikes that its tap and channel had there.
//
// The images are cut into chunks by shape alone; each sums into its own copy of dFilter, and the copies are added
// in order. A task is a chunk, a range of input channels and a range of output channels.
#include "../runtime/scratch.h"
#include "../simd/parallel.h"
#include "../tables/pixel_codes.h"
#include "../tables/spike_count.h"
#include "image_chunks.h"
#include "partial_sums.h"
#include "sparse_spikes.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

constexpr std::size_t kCodeBytes = 160 << 10;     // of a run of images: they stay in the second-level cache
constexpr std::size_t kSumFloats = 256 << 10;     // of a task
constexpr std::size_t kRowsPerTask = 4608;
constexpr std::size_t kColumnStep = 32;           // a multiple of every kBlock

struct Task {
  const ConvolutionShape& shape;
  const PixelCodes& layout;
  const std::uint8_t* bits;
  const float* dy;
  Range images, channels, columns;

  std::size_t taps() const { return static_cast<std::size_t>(shape.filterHeight) * shape.filterWidth; }
  std::size_t rows() const { return taps() * channels.size(); }

  // Where every row (tap, channel) finds its codes of a run of `images` images, and its sums.
  void listRows(std::size_t images, std::uint32_t* codeOffsets, std::uint32_t* sumOffsets) const {
    std::size_t row = 0;
    for (int kh = 0; kh < shape.filterHeight; ++kh) {
      for (int kw = 0; kw < shape.filterWidth; ++kw) {
        for (std::size_t c = 0; c < channels.size(); ++c, ++row) {
          codeOffsets[row] = static_cast<std::uint32_t>(layout.start(kh, kw, c, channels.size(), images));
          sumOffsets[row] = static_cast<std::uint32_t>(row * kBlock);
        }
      }
    }
  }

  // The tables of groups [first, first + count) of an image.
  void makeTables(std::size_t image, std::size_t first, std::size_t count, std::size_t column, int width,
                  float* tables) const {
    const std::size_t stride = shape.outputChannels;
    const std::size_t pixels = static_cast<std::size_t>(shape.outputHeight) * shape.outputWidth;
    const float* source = dy + (image * pixels + 4 * first) * stride + column;
    for (std::size_t g = 0; g < count; ++g, source += 4 * stride) {
      prefetchRows(source + 4 * count * stride, stride);
      const int rows = static_cast<int>(smaller(4, pixels - 4 * (first + g)));
      buildTable(source, stride, rows, width, tables + g * kTableFloats);
    }
  }

  void addImages(std::size_t image, std::size_t count, const Code* codes, std::uint32_t* offsets,
                 float* sums) const {
    listRows(count, offsets, offsets + rows());
    float* const tables = scratchFloats(Scratch::kTables, kSliceGroups * kTableFloats);
    for (std::size_t column = columns.begin; column < columns.end; column += kBlock) {
      const int width = static_cast<int>(smaller(kBlock, columns.end - column));
      float* const target = sums + (column - columns.begin) * rows();
      for (std::size_t n = 0; n < count; ++n) {
        forEachSlice(layout.groups, [&](std::size_t first, std::size_t groups) {
          makeTables(image + n, first, groups, column, width, tables);
          const Code* const own = codes + n * layout.size + first;
          addLookups(Lookup{tables, groups, own, offsets, offsets + rows(), rows(), width, target});
        });
      }
    }
  }

  // Copies [block][row][kBlock] to its place in [kh, kw, i, o].
  void copySums(const float* sums, float* dFilter) const {
    for (std::size_t row = 0; row < rows(); ++row) {
      const std::size_t channel = channels.begin + row % channels.size();
      float* const target =
          dFilter + (row / channels.size() * shape.inputChannels + channel) * shape.outputChannels;
      for (std::size_t column = columns.begin; column < columns.end; column += kBlock) {
        const float* const source = sums + (column - columns.begin) * rows() + row * kBlock;
        copyBlock(target + column, source, static_cast<int>(smaller(kBlock, columns.end - column)));
      }
    }
  }

  void run(float* dFilter) const {
    const std::size_t size = divideUp(columns.size(), kBlock) * kBlock * rows();
    float* const sums = scratchFloats(Scratch::kTile, size);
    clearFloats(sums, size);
    std::uint32_t* const offsets =
        reinterpret_cast<std::uint32_t*>(scratchBytes(Scratch::kRows, 2 * rows() * sizeof(std::uint32_t)));
    const std::size_t imageCodes = layout.planes * channels.size() * layout.size;
    const std::size_t perRun = larger(1, kCodeBytes / larger(1, imageCodes));
    Code* const codes = scratchBytes(Scratch::kCodes, perRun * imageCodes);
    for (std::size_t image = images.begin; image < images.end; image += perRun) {
      const std::size_t count = smaller(perRun, images.end - image);
      makePixelCodes(shape, layout, bits, image, count, channels.begin, channels.size(), codes);
      addImages(image, count, codes, offsets, sums);
    }
    copySums(sums, dFilter);
  }
};

}  // namespace

void spikeConvolutionFilterGradient(const ConvolutionShape& shape, const std::uint8_t* bits, const float* dy,
                                    float* dFilter) {
  const std::size_t size = shape.filterSize();
  if (size == 0) return;
  if (shape.outputPixels() == 0) {
    clearFloats(dFilter, size);
    return;
  }
  if (hasSparseFilterGradient(shape) &&
      countAllSpikes(bits, shape.inputSize()) < kSparseFilterGradient * shape.inputSize()) {
    sparseConvolutionFilterGradient(shape, bits, dy, dFilter);
    return;
  }
  const PixelCodes layout(shape);
  const std::size_t taps = static_cast<std::size_t>(shape.filterHeight) * shape.filterWidth;
  const std::size_t inputs = shape.inputChannels, outputs = shape.outputChannels, batch = shape.batch;
  const std::size_t chunks = imageChunks(shape);
  const std::size_t codesPerChannel = layout.planes * layout.size;
  const std::size_t rangeChannels = larger(
      8, smaller(kRowsPerTask / taps, kCodeBytes / codesPerChannel) / 8 * 8);
  const std::size_t rangeColumns =
      larger(1, kSumFloats / (taps * smaller(rangeChannels, inputs) * kColumnStep)) * kColumnStep;
  const std::size_t channelRanges = divideUp(inputs, rangeChannels);
  const std::size_t columnRanges = divideUp(outputs, rangeColumns);
  float* const partials = chunks == 1 ? dFilter : scratchFloats(Scratch::kPartials, chunks * size);
  parallel(chunks * channelRanges * columnRanges, [&](std::size_t index) {
    const std::size_t chunk = index / (channelRanges * columnRanges);
    const std::size_t channel = index / columnRanges % channelRanges * rangeChannels;
    const std::size_t column = index % columnRanges * rangeColumns;
    const Task task{shape,
                    layout,
                    bits,
                    dy,
                    {batch * chunk / chunks, batch * (chunk + 1) / chunks},
                    {channel, smaller(channel + rangeChannels, inputs)},
                    {column, smaller(column + rangeColumns, outputs)}};
    task.run(partials + chunk * size);
  });
  if (chunks > 1) addPartialSums(partials, chunks, size, dFilter);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
