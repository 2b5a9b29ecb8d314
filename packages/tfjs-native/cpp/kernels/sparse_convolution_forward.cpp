// convolutionForward for few spikes, from lists of them (tables/spike_lists.h): for every output pixel the rows of the
// filter that its spikes choose are added up, kListedColumns output channels at a time.
//
// A task is a run of output pixels and one block of output channels. It copies a slice of the filter's rows after the
// other; the sums between slices are kept in y.
#include "../runtime/scratch.h"
#include "../simd/parallel.h"
#include "../tables/listed_sums.h"
#include "../tables/spike_lists.h"
#include "sparse_spikes.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

constexpr std::size_t kPixelsPerTask = 4096;
constexpr std::size_t kSliceRows = kListedFloats / kListedColumns;

// Lines khBegin … khEnd of the filter, of each the rows of `cells` neighbouring cells.
struct Slice {
  int khBegin, khEnd;
  std::size_t cell, cells;
  std::size_t row, rows;  // within a line of the filter
};

struct Task {
  const ConvolutionShape& shape;
  const SpikeLists& lists;
  const float* filter;
  const float* biasOrNull;
  float* y;
  std::size_t begin, end;  // output pixels
  std::size_t column;      // first output channel
  std::size_t columns;

  std::size_t rowsOfLine() const { return static_cast<std::size_t>(shape.filterWidth) * shape.inputChannels; }

  template <typename Visit>
  void forEachSlice(const Visit& visit) const {
    const std::size_t channels = shape.inputChannels;
    if (rowsOfLine() <= kSliceRows) {
      const int lines = static_cast<int>(kSliceRows / larger(1, rowsOfLine()));
      for (int kh = 0; kh < shape.filterHeight; kh += lines) {
        const int end = kh + lines < shape.filterHeight ? kh + lines : shape.filterHeight;
        visit(Slice{kh, end, 0, shape.filterWidth * lists.parts, 0, rowsOfLine()});
      }
      return;
    }
    for (int kh = 0; kh < shape.filterHeight; ++kh) {
      for (std::size_t cell = 0; cell < shape.filterWidth * lists.parts; ++cell) {
        const std::size_t channel = cell % lists.parts * lists.partChannels;
        visit(Slice{kh, kh + 1, cell, 1, cell / lists.parts * channels + channel,
                    smaller(lists.partChannels, channels - channel)});
      }
    }
  }

  template <int kVectors>
  void addSlice(const Slice& slice, const float* rows, bool first) const {
    std::size_t pixel = begin;
    int ow = static_cast<int>(pixel % shape.outputWidth);
    pixel /= shape.outputWidth;
    int oh = static_cast<int>(pixel % shape.outputHeight);
    std::size_t image = pixel / shape.outputHeight;
    for (std::size_t p = begin; p < end; ++p) {
      float* const target = y + p * shape.outputChannels + column;
      Vector sums[kVectors];
      if (!first) loadColumns<kVectors>(target, columns, sums);
      else if (biasOrNull != nullptr) loadColumns<kVectors>(biasOrNull + column, columns, sums);
      else clearSums<kVectors>(sums);
      const std::size_t seen = static_cast<std::size_t>(ow) * shape.strideWidth;
      for (int kh = slice.khBegin; kh < slice.khEnd; ++kh) {
        const int ih = oh * shape.strideHeight + kh - shape.padTop;
        if (ih < 0 || ih >= shape.inputHeight) continue;
        const std::uint32_t* const starts = lists.starts +
                                            (image * shape.inputHeight + ih) * lists.startsOfLine() +
                                            seen * lists.parts + slice.cell;
        const std::size_t firstRow = seen * shape.inputChannels + slice.row - (kh - slice.khBegin) * slice.rows;
        addListed<kVectors>(rows, firstRow, lists.positions + starts[0], lists.positions + starts[slice.cells],
                            sums);
      }
      storeColumns<kVectors>(target, columns, sums);
      if (++ow < shape.outputWidth) continue;
      ow = 0;
      if (++oh < shape.outputHeight) continue;
      oh = 0;
      ++image;
    }
  }

  template <int kVectors>
  void with() const {
    float* const rows = scratchFloats(Scratch::kTables, kListedFloats);
    bool first = true;
    forEachSlice([&](const Slice& slice) {
      for (int kh = slice.khBegin; kh < slice.khEnd; ++kh) {
        const float* const source =
            filter + (kh * rowsOfLine() + slice.row) * shape.outputChannels + column;
        packRows<kVectors>(source, shape.outputChannels, slice.rows, columns,
                           rows + (kh - slice.khBegin) * slice.rows * kVectors * kWidth);
      }
      addSlice<kVectors>(slice, rows, first);
      first = false;
    });
  }
};

}  // namespace

void sparseConvolutionForward(const ConvolutionShape& shape, const std::uint8_t* bits, std::size_t spikes,
                              const float* filter, const float* biasOrNull, float* y) {
  const std::size_t pixels = shape.outputPixels(), channels = shape.outputChannels;
  const std::size_t parts = divideUp(shape.inputChannels, kSliceRows);
  const SpikeLists lists =
      makeSpikeLists(shape, bits, spikes, divideUp(divideUp(shape.inputChannels, parts), 64) * 64);
  const std::size_t blocks = divideUp(channels, kListedColumns);
  const std::size_t chunks = divideUp(pixels, kPixelsPerTask);
  parallel(chunks * blocks, [&](std::size_t index) {
    const std::size_t chunk = index / blocks, column = index % blocks * kListedColumns;
    const std::size_t columns = smaller(kListedColumns, channels - column);
    withVectors(columns, Task{shape, lists, filter, biasOrNull, y, pixels * chunk / chunks,
                              pixels * (chunk + 1) / chunks, column, columns});
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
