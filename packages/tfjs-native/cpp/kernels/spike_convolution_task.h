// The part of a convolution of spikes that one task does, by any kind of subset-sum tables.
//
// A task is a run of output pixels and one block of output channels. The groups of one line of the filter,
// (kw, channel) in ascending order, lie side by side both in the filter and in the codes; slices of them are
// tabled by the task itself, which is little beside looking them up for every pixel. Pixels whose tap line lies
// in the padding above or below the image are left out.
//
// `Tables` has Entry, Sum, kColumns (of a block), kTableEntries and kSlice (groups), and
//   start(column, columns, pixels, sums)                       first values of sums [pixels][kColumns]
//   build(source, stride, rows, column, columns, table)        the table of one group of rows of the filter
//   add(lookup)                                                look-ups of a slice for a list of pixels
//   finish(column, columns, sums, y)                           one pixel's output
#pragma once

#include "../runtime/scratch.h"
#include "../simd/parallel.h"
#include "../tables/channel_codes.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

template <typename Tables>
struct SpikeConvolutionTask {
  using Entry = typename Tables::Entry;
  using Sum = typename Tables::Sum;

  const ConvolutionShape& shape;
  const ChannelCodes& layout;
  const Code* codes;
  const Tables& tables;
  const float* filter;
  std::size_t begin, end;      // output pixels
  std::size_t column;          // first output channel
  int columns;                 // output channels, at most kColumns
  Sum* sums;                   // [end − begin][kColumns]
  std::uint32_t* codeOffsets;  // [end − begin], from the codes of the task's first image
  std::uint32_t* sumOffsets;

  std::size_t firstImage() const { return begin / (static_cast<std::size_t>(shape.outputHeight) * shape.outputWidth); }

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
        sumOffsets[rows] = static_cast<std::uint32_t>(p * Tables::kColumns);
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
  void makeTables(int kh, std::size_t first, std::size_t count, Entry* target) const {
    const std::size_t channels = shape.inputChannels, stride = shape.outputChannels;
    std::size_t kw = first / layout.groups, channel = first % layout.groups * 4;
    for (std::size_t g = 0; g < count; ++g) {
      const std::size_t row = (static_cast<std::size_t>(kh) * shape.filterWidth + kw) * channels + channel;
      const int rows = static_cast<int>(smaller(4, channels - channel));
      const float* const source = filter + row * stride + column;
      prefetchRows(source + 4 * count * stride, stride);
      tables.build(source, stride, rows, column, columns, target + g * Tables::kTableEntries);
      channel += 4;
      if (channel < channels) continue;
      channel = 0;
      ++kw;
    }
  }

  void run(float* y) const {
    tables.start(column, columns, end - begin, sums);
    Entry* const memory = reinterpret_cast<Entry*>(
        scratchMemory(Scratch::kTables, Tables::kSlice * Tables::kTableEntries * sizeof(Entry)));
    const Code* const own = codes + firstImage() * layout.imageSize(shape);
    for (int kh = 0; kh < shape.filterHeight; ++kh) {
      const std::size_t rows = listRows(kh);
      if (rows == 0) continue;
      forEachSlice(
          shape.filterWidth * layout.groups,
          [&](std::size_t first, std::size_t count) {
            makeTables(kh, first, count, memory);
            tables.add(TableLookup<Entry, Sum>{memory, count, own + first, codeOffsets, sumOffsets, rows, columns, sums});
          },
          Tables::kSlice);
    }
    for (std::size_t p = begin; p < end; ++p) {
      tables.finish(column, columns, sums + (p - begin) * Tables::kColumns, y + p * shape.outputChannels + column);
    }
  }
};

template <typename Tables>
void spikeConvolution(const ConvolutionShape& shape, const std::uint8_t* bits, const float* filter,
                      const Tables& tables, float* y) {
  // The sums of a task stay in the second-level cache.
  constexpr std::size_t kPixelsPerTask = 1536;
  const std::size_t pixels = shape.outputPixels(), channels = shape.outputChannels;
  if (pixels == 0) return;
  const ChannelCodes layout(shape);
  Code* const codes = scratchBytes(Scratch::kShared, shape.batch * layout.imageSize(shape));
  makeChannelCodes(shape, layout, bits, codes);
  const std::size_t blocks = divideUp(channels, Tables::kColumns);
  const std::size_t chunks = divideUp(pixels, kPixelsPerTask);
  const std::size_t perChunk = divideUp(pixels, chunks);
  parallel(chunks * blocks, [&](std::size_t index) {
    const std::size_t begin = smaller(index / blocks * perChunk, pixels);
    const std::size_t end = smaller(begin + perChunk, pixels);
    if (begin == end) return;
    const std::size_t column = index % blocks * Tables::kColumns;
    std::uint32_t* const offsets = reinterpret_cast<std::uint32_t*>(
        scratchBytes(Scratch::kRows, 2 * perChunk * sizeof(std::uint32_t)));
    typename Tables::Sum* const sums = static_cast<typename Tables::Sum*>(
        scratchMemory(Scratch::kTile, perChunk * Tables::kColumns * sizeof(typename Tables::Sum)));
    const SpikeConvolutionTask<Tables> task{
        shape, layout, codes, tables, filter, begin, end, column,
        static_cast<int>(smaller(Tables::kColumns, channels - column)), sums, offsets, offsets + perChunk};
    task.run(y);
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
