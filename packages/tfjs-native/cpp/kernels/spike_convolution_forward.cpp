// convolutionForward for x kept as bits, by subset-sum tables of the filter's rows (tables/subset_sums.h).
//
// A task is a run of output pixels and one block of output channels. The groups of one line of the filter,
// (kw, channel) in ascending order, lie side by side both in the filter and in the codes; slices of them are
// tabled by the task itself, which is little beside looking them up for every pixel. Pixels whose tap line lies
// in the padding above or below the image are left out.
#include "../runtime/scratch.h"
#include "../simd/parallel.h"
#include "../tables/channel_codes.h"
#include "../tables/spike_count.h"
#include "sparse_spikes.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

// The sums of a task stay in the second-level cache.
constexpr std::size_t kPixelsPerTask = 1536;

struct Task {
  const ConvolutionShape& shape;
  const ChannelCodes& layout;
  const Code* codes;
  const float* filter;
  const float* biasOrNull;
  std::size_t begin, end;       // output pixels
  std::size_t column;           // first output channel
  int columns;                  // output channels, at most kBlock
  float* sums;                  // [end − begin][kBlock]
  std::uint32_t* codeOffsets;   // [end − begin], from the codes of the task's first image
  std::uint32_t* sumOffsets;

  std::size_t firstImage() const { return begin / (static_cast<std::size_t>(shape.outputHeight) * shape.outputWidth); }

  void start() const {
    Vector first[kBlockVectors];
    for (int v = 0; v < kBlockVectors; ++v) {
      const int left = columns - v * kWidth;
      first[v] = biasOrNull != nullptr && left > 0 ? loadUpTo(biasOrNull + column + v * kWidth, left) : splat(0.0f);
    }
    for (std::size_t p = 0; p < end - begin; ++p) {
      SPIKEFIT_UNROLL
      for (int v = 0; v < kBlockVectors; ++v) store(sums + p * kBlock + v * kWidth, first[v]);
    }
  }

  // Lists the pixels that see line kh of the filter inside the image; gives their number.
  std::size_t listRows(int kh) const {
    std::size_t pixel = begin;
    int ow = static_cast<int>(pixel % shape.outputWidth);
    pixel /= shape.outputWidth;
    int oh = static_cast<int>(pixel % shape.outputHeight);
    std::size_t image = pixel / shape.outputHeight - firstImage();
    std::size_t rows = 0;
    for (std::size_t p = 0; p < end - begin; ++p) {
      const int ih = oh * shape.strideHeight + kh - shape.padTop;
      if (ih >= 0 && ih < shape.inputHeight) {
        const std::size_t line = image * shape.inputHeight + ih;
        codeOffsets[rows] = static_cast<std::uint32_t>(
            (line * layout.width + static_cast<std::size_t>(ow) * shape.strideWidth) * layout.groups);
        sumOffsets[rows] = static_cast<std::uint32_t>(p * kBlock);
        ++rows;
      }
      if (++ow < shape.outputWidth) continue;
      ow = 0;
      if (++oh < shape.outputHeight) continue;
      oh = 0;
      ++image;
    }
    return rows;
  }

  // The tables of groups [first, first + count) of line kh of the filter.
  void makeTables(int kh, std::size_t first, std::size_t count, float* tables) const {
    const std::size_t channels = shape.inputChannels, stride = shape.outputChannels;
    std::size_t kw = first / layout.groups, channel = first % layout.groups * 4;
    for (std::size_t g = 0; g < count; ++g) {
      const std::size_t row = (static_cast<std::size_t>(kh) * shape.filterWidth + kw) * channels + channel;
      const int rows = static_cast<int>(smaller(4, channels - channel));
      const float* const source = filter + row * stride + column;
      prefetchRows(source + 4 * count * stride, stride);
      buildTable(source, stride, rows, columns, tables + g * kTableFloats);
      channel += 4;
      if (channel < channels) continue;
      channel = 0;
      ++kw;
    }
  }

  void run(float* y) const {
    start();
    float* const tables = scratchFloats(Scratch::kTables, kSliceGroups * kTableFloats);
    const Code* const own = codes + firstImage() * layout.imageSize(shape);
    for (int kh = 0; kh < shape.filterHeight; ++kh) {
      const std::size_t rows = listRows(kh);
      if (rows == 0) continue;
      forEachSlice(shape.filterWidth * layout.groups, [&](std::size_t first, std::size_t count) {
        makeTables(kh, first, count, tables);
        addLookups(Lookup{tables, count, own + first, codeOffsets, sumOffsets, rows, columns, sums});
      });
    }
    for (std::size_t p = begin; p < end; ++p) {
      copyBlock(y + p * shape.outputChannels + column, sums + (p - begin) * kBlock, columns);
    }
  }
};

}  // namespace

void spikeConvolutionForward(const ConvolutionShape& shape, const std::uint8_t* bits, const float* filter,
                             const float* biasOrNull, float* y) {
  const std::size_t pixels = shape.outputPixels(), channels = shape.outputChannels;
  if (pixels == 0) return;
  const std::size_t spikes = countAllSpikes(bits, shape.inputSize());
  if (shape.filterSize() > 0 && spikes < kSparseForward * shape.inputSize()) {
    sparseConvolutionForward(shape, bits, spikes, filter, biasOrNull, y);
    return;
  }
  const ChannelCodes layout(shape);
  Code* const codes = scratchBytes(Scratch::kShared, shape.batch * layout.imageSize(shape));
  makeChannelCodes(shape, layout, bits, codes);
  const std::size_t blocks = divideUp(channels, kBlock);
  const std::size_t chunks = divideUp(pixels, kPixelsPerTask);
  const std::size_t perChunk = divideUp(pixels, chunks);
  parallel(chunks * blocks, [&](std::size_t index) {
    const std::size_t begin = smaller(index / blocks * perChunk, pixels);
    const std::size_t end = smaller(begin + perChunk, pixels);
    if (begin == end) return;
    const std::size_t column = index % blocks * kBlock;
    std::uint32_t* const offsets = reinterpret_cast<std::uint32_t*>(
        scratchBytes(Scratch::kRows, 2 * perChunk * sizeof(std::uint32_t)));
    const Task task{shape,  layout, codes,
                    filter, biasOrNull, begin,
                    end,    column, static_cast<int>(smaller(kBlock, channels - column)),
                    scratchFloats(Scratch::kTile, perChunk * kBlock), offsets, offsets + perChunk};
    task.run(y);
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
