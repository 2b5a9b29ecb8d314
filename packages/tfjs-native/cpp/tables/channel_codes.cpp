#include "channel_codes.h"

#include "../simd/parallel.h"
#include "../simd/spike_bits.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

// The codes of `count` whole bytes of spikes.
void splitBytes(const std::uint8_t* bytes, std::size_t count, Code* codes) {
  for (std::size_t i = 0; i < count; ++i) {
    codes[2 * i] = codeOf(bytes[i] & 15);
    codes[2 * i + 1] = codeOf(bytes[i] >> 4);
  }
}

// The codes of pixels [pixel, pixel + count) of the whole tensor.
void codesOfPixels(const ConvolutionShape& shape, const std::uint8_t* bits, std::size_t pixel,
                   std::size_t count, Code* codes) {
  const std::size_t channels = shape.inputChannels;
  if (channels % 8 == 0) {
    splitBytes(bits + pixel * channels / 8, count * channels / 8, codes);
    return;
  }
  for (std::size_t p = 0; p < count; ++p) {
    const std::size_t first = (pixel + p) * channels;
    for (std::size_t channel = 0; channel < channels; channel += 4) {
      *codes++ = codeOf(bitsFrom(bits, first + channel, smaller(4, channels - channel)));
    }
  }
}

}  // namespace

void makeChannelCodes(const ConvolutionShape& shape, const ChannelCodes& layout, const std::uint8_t* bits,
                      Code* codes) {
  const std::size_t groups = layout.groups;
  const int width = static_cast<int>(layout.width);
  // Pixels [from, to) of a line of the image are seen; the first of them is at column from + padLeft.
  const int from = shape.padLeft < 0 ? -shape.padLeft : 0;
  const int right = width - shape.padLeft;
  const int to = right < from ? from : right < shape.inputWidth ? right : shape.inputWidth;
  const std::size_t before = from < to ? from + shape.padLeft : 0;
  const std::size_t seen = to > from ? to - from : 0;
  const std::size_t lines = static_cast<std::size_t>(shape.batch) * shape.inputHeight;
  const std::size_t linesPerTask = larger(1, 65536 / larger(1, layout.width * groups));
  parallelChunks(lines, linesPerTask, [&](std::size_t begin, std::size_t end) {
    for (std::size_t line = begin; line < end; ++line) {
      Code* const target = codes + line * layout.width * groups;
      __builtin_memset(target, 0, before * groups);
      codesOfPixels(shape, bits, line * shape.inputWidth + from, seen, target + before * groups);
      __builtin_memset(target + (before + seen) * groups, 0, (layout.width - before - seen) * groups);
    }
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
