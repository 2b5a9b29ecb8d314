// convolutionFilterGradient for few spikes: every row (tap, channel) of the filter adds up the rows of dy that its
// spikes choose, kListedColumns output channels at a time.
//
// A slab of images is laid out in planes as wide as the padded lines that the filter sees, dy's rows at the places of
// their outputs and zeros elsewhere. A spike at place q of the plane then chooses, through tap (kh, kw), the row at
// q − kh · width − kw: one list of a channel's spikes serves all taps. What lies before a plane is the end of the one
// before, which is zero, or, before the first, zeros put there.
#include "../runtime/scratch.h"
#include "../simd/parallel.h"
#include "../tables/listed_sums.h"
#include "../tables/spike_count.h"
#include "image_chunks.h"
#include "partial_sums.h"
#include "sparse_spikes.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

constexpr std::size_t kSlabRows = kListedFloats / kListedColumns;
constexpr std::size_t kMaximumPlaneRows = 4096;
constexpr std::size_t kRangeChannels = 256;
constexpr std::size_t kRangeColumns = 1024;

using Place = std::uint16_t;
static_assert(kSlabRows <= 65536 && kMaximumPlaneRows <= 65536, "16 bits must hold the places of a slab");

struct Planes {
  std::size_t width, rows;  // of a plane
  std::size_t before;       // zeros before the first
  std::size_t images;       // of a slab

  explicit Planes(const ConvolutionShape& shape)
      : width(static_cast<std::size_t>(shape.outputWidth) + shape.filterWidth - 1),
        rows((static_cast<std::size_t>(shape.outputHeight) + shape.filterHeight - 1) * width),
        before((shape.filterHeight - 1) * width + shape.filterWidth - 1),
        images(larger(1, kSlabRows / larger(1, before + rows))) {}

  std::size_t slabRows() const { return before + images * rows; }
};

struct Task {
  const ConvolutionShape& shape;
  const Planes& planes;
  const std::uint8_t* bits;
  const float* dy;
  float* dFilter;
  Range images, channels, columns;

  // The places of the spikes of images [image, image + count), channel by channel.
  void listSpikes(std::size_t image, std::size_t count, std::size_t* lengths, Place* places) const {
    for (std::size_t c = 0; c < channels.size(); ++c) lengths[c] = 0;
    const std::size_t capacity = planes.slabRows();
    for (std::size_t n = 0; n < count; ++n) {
      for (int ih = 0; ih < shape.inputHeight; ++ih) {
        const int line = ih + shape.padTop;
        if (line < 0 || line >= shape.outputHeight + shape.filterHeight - 1) continue;
        for (int iw = 0; iw < shape.inputWidth; ++iw) {
          const int column = iw + shape.padLeft;
          if (column < 0 || column >= static_cast<int>(planes.width)) continue;
          const std::size_t pixel = ((image + n) * shape.inputHeight + ih) * shape.inputWidth + iw;
          const std::size_t place = planes.before + n * planes.rows + line * planes.width + column;
          forEachSpike(bits, pixel * shape.inputChannels + channels.begin, channels.size(), [&](std::size_t c) {
            places[c * capacity + lengths[c]++] = static_cast<Place>(place);
          });
        }
      }
    }
  }

  template <int kVectors>
  void packSlab(std::size_t image, std::size_t count, std::size_t column, std::size_t width, float* slab) const {
    clearFloats(slab, (planes.before + count * planes.rows) * kVectors * kWidth);
    for (std::size_t n = 0; n < count; ++n) {
      for (int oh = 0; oh < shape.outputHeight; ++oh) {
        const std::size_t pixel = ((image + n) * shape.outputHeight + oh) * shape.outputWidth;
        const std::size_t place = planes.before + n * planes.rows + oh * planes.width;
        packRows<kVectors>(dy + pixel * shape.outputChannels + column, shape.outputChannels, shape.outputWidth, width,
                           slab + place * kVectors * kWidth);
      }
    }
  }

  template <int kVectors>
  void addSlab(const float* slab, const std::size_t* lengths, const Place* places, std::size_t column, std::size_t width,
               bool first) const {
    for (int kh = 0; kh < shape.filterHeight; ++kh) {
      for (int kw = 0; kw < shape.filterWidth; ++kw) {
        const std::size_t tap = static_cast<std::size_t>(kh) * shape.filterWidth + kw;
        for (std::size_t c = 0; c < channels.size(); ++c) {
          const std::size_t row = tap * shape.inputChannels + channels.begin + c;
          float* const target = dFilter + row * shape.outputChannels + column;
          const Place* const list = places + c * planes.slabRows();
          Vector sums[kVectors];
          if (first) clearSums<kVectors>(sums);
          else loadColumns<kVectors>(target, width, sums);
          addListed<kVectors>(slab, kh * planes.width + kw, list, list + lengths[c], sums);
          storeColumns<kVectors>(target, width, sums);
        }
      }
    }
  }

  struct Slab {
    const Task& task;
    std::size_t image, count;
    const std::size_t* lengths;
    const Place* places;
    std::size_t column;
    std::size_t width;

    template <int kVectors>
    void with() const {
      float* const rows = scratchFloats(Scratch::kTables, task.planes.slabRows() * kListedColumns);
      task.packSlab<kVectors>(image, count, column, width, rows);
      task.addSlab<kVectors>(rows, lengths, places, column, width, image == task.images.begin);
    }
  };

  void run() const {
    std::size_t* const lengths =
        reinterpret_cast<std::size_t*>(scratchBytes(Scratch::kRows, channels.size() * sizeof(std::size_t)));
    Place* const places = reinterpret_cast<Place*>(
        scratchBytes(Scratch::kLists, channels.size() * planes.slabRows() * sizeof(Place)));
    for (std::size_t image = images.begin; image < images.end; image += planes.images) {
      const std::size_t count = smaller(planes.images, images.end - image);
      listSpikes(image, count, lengths, places);
      for (std::size_t column = columns.begin; column < columns.end; column += kListedColumns) {
        const std::size_t width = smaller(kListedColumns, columns.end - column);
        withVectors(width, Slab{*this, image, count, lengths, places, column, width});
      }
    }
  }
};

}  // namespace

bool hasSparseFilterGradient(const ConvolutionShape& shape) {
  if (shape.strideHeight != 1 || shape.strideWidth != 1) return false;
  const Planes planes(shape);
  return planes.before + planes.rows <= kMaximumPlaneRows;
}

void sparseConvolutionFilterGradient(const ConvolutionShape& shape, const std::uint8_t* bits, const float* dy,
                                     float* dFilter) {
  const Planes planes(shape);
  const std::size_t inputs = shape.inputChannels, outputs = shape.outputChannels, batch = shape.batch;
  const std::size_t size = shape.filterSize(), chunks = imageChunks(shape);
  const std::size_t channelRanges = divideUp(inputs, kRangeChannels);
  const std::size_t columnRanges = divideUp(outputs, kRangeColumns);
  float* const partials = chunks == 1 ? dFilter : scratchFloats(Scratch::kPartials, chunks * size);
  parallel(chunks * channelRanges * columnRanges, [&](std::size_t index) {
    const std::size_t chunk = index / (channelRanges * columnRanges);
    const std::size_t channel = index / columnRanges % channelRanges * kRangeChannels;
    const std::size_t column = index % columnRanges * kRangeColumns;
    const Task task{shape,
                    planes,
                    bits,
                    dy,
                    partials + chunk * size,
                    {batch * chunk / chunks, batch * (chunk + 1) / chunks},
                    {channel, smaller(channel + kRangeChannels, inputs)},
                    {column, smaller(column + kRangeColumns, outputs)}};
    task.run();
  });
  if (chunks > 1) addPartialSums(partials, chunks, size, dFilter);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
