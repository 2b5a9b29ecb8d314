// The spikes of an image, transposed: channel by channel, line by line, the bits of its pixels in padding.
#pragma once

#include "../kernels/shapes.h"
#include "../runtime/scratch.h"
#include "../simd/spike_bits.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// Eight bytes as a number, the first the lowest.
SPIKEFIT_INLINE std::uint64_t wordAt(const std::uint8_t* bytes) {
  std::uint64_t word;
  __builtin_memcpy(&word, bytes, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word;
}

// Bit c of byte r becomes bit r of byte c. (Hacker's Delight, 7-3.)
SPIKEFIT_INLINE std::uint64_t transpose8x8(std::uint64_t x) {
  std::uint64_t t = (x ^ (x >> 7)) & 0x00aa00aa00aa00aaull;
  x ^= t ^ (t << 7);
  t = (x ^ (x >> 14)) & 0x0000cccc0000ccccull;
  x ^= t ^ (t << 14);
  t = (x ^ (x >> 28)) & 0x00000000f0f0f0f0ull;
  return x ^ t ^ (t << 28);
}

class TransposedImage {
 public:
  // Room for `channels` channels of the lines and pixels that a filter sees, from the padding above and left on.
  TransposedImage(const ConvolutionShape& shape, std::size_t channels)
      : lines_((shape.outputHeight - 1) * shape.strideHeight + shape.filterHeight),
        lineBytes_(divideUp((shape.outputWidth - 1) * shape.strideWidth + shape.filterWidth, 8)),
        channelBytes_(lines_ * lineBytes_ + 8),
        size_(divideUp(channels, 8) * 8 * channelBytes_),
        bytes_(scratchBytes(Scratch::kPanels, size_)) {}

  // The bits of one line; 8 bytes may be read from any of them.
  const std::uint8_t* line(std::size_t channel, std::size_t index) const {
    return bytes_ + channel * channelBytes_ + index * lineBytes_;
  }

  std::size_t lineBytes() const { return lineBytes_; }

  void fill(const ConvolutionShape& shape, const std::uint8_t* bits, std::size_t image, std::size_t channel,
            std::size_t channels) {
    __builtin_memset(bytes_, 0, size_);
    for (std::size_t line = 0; line < lines_; ++line) {
      const int ih = static_cast<int>(line) - shape.padTop;
      if (ih < 0 || ih >= shape.inputHeight) continue;
      for (std::size_t byte = 0; byte < lineBytes_; ++byte) {
        const std::size_t pixels = (image * shape.inputHeight + ih) * shape.inputWidth;
        fillByte(shape, bits, pixels, channel, channels, line * lineBytes_ + byte,
                 static_cast<int>(8 * byte) - shape.padLeft);
      }
    }
  }

 private:
  // Pixels [pixel, pixel + 8) of a line that begins at pixel `first` of the tensor, as byte `target` of each channel.
  void fillByte(const ConvolutionShape& shape, const std::uint8_t* bits, std::size_t first, std::size_t channel,
                std::size_t channels, std::size_t target, int pixel) {
    const int from = pixel < 0 ? -pixel : 0;
    const int to = shape.inputWidth - pixel < 8 ? shape.inputWidth - pixel : 8;
    for (std::size_t c = 0; c < channels; c += 8) {
      const std::size_t count = smaller(8, channels - c);
      std::uint64_t block = 0;
      for (int p = from; p < to; ++p) {
        const std::size_t spike = (first + pixel + p) * shape.inputChannels + channel + c;
        block |= static_cast<std::uint64_t>(bitsFrom(bits, spike, count)) << 8 * p;
      }
      if (block == 0) continue;
      block = transpose8x8(block);
      for (int k = 0; k < 8; ++k) {
        bytes_[(c + k) * channelBytes_ + target] = static_cast<std::uint8_t>(block >> 8 * k);
      }
    }
  }

  std::size_t lines_, lineBytes_, channelBytes_, size_;
  std::uint8_t* bytes_;
};

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
