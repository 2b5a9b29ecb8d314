#include "pixel_codes.h"

#include "../runtime/scratch.h"
#include "../simd/spike_bits.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

// Bit c of byte r becomes bit r of byte c. (Hacker's Delight, 7-3.)
std::uint64_t transpose8x8(std::uint64_t x) {
  std::uint64_t t = (x ^ (x >> 7)) & 0x00aa00aa00aa00aaull;
  x ^= t ^ (t << 7);
  t = (x ^ (x >> 14)) & 0x0000cccc0000ccccull;
  x ^= t ^ (t << 14);
  t = (x ^ (x >> 28)) & 0x00000000f0f0f0f0ull;
  return x ^ t ^ (t << 28);
}

// Eight nibbles, each in the upper half of a byte of its own: their codes.
std::uint64_t spreadNibbles(std::uint64_t x) {
  x = (x | x << 16) & 0x0000ffff0000ffffull;
  x = (x | x << 8) & 0x00ff00ff00ff00ffull;
  x = (x | x << 4) & 0x0f0f0f0f0f0f0f0full;
  return x << 4;
}

std::uint64_t wordAt(const std::uint8_t* bytes) {
  std::uint64_t word;
  __builtin_memcpy(&word, bytes, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word;
}

// One line of an image, transposed: channel by channel, the bits of its pixels with the padding before and after.
class TransposedLine {
 public:
  // Bits of padded pixels [0, width) of `channels` channels; 8 more bytes per channel may be read.
  TransposedLine(std::size_t width, std::size_t channels)
      : stride_(divideUp(width, 8) + 8),
        size_(divideUp(channels, 8) * 8 * stride_),
        bytes_(scratchBytes(Scratch::kPanels, size_)) {}

  const std::uint8_t* channel(std::size_t index) const { return bytes_ + index * stride_; }

  void clear() { __builtin_memset(bytes_, 0, size_); }

  void fill(const ConvolutionShape& shape, const std::uint8_t* bits, std::size_t line, std::size_t channel,
            std::size_t channels) {
    clear();
    const std::size_t perPixel = shape.inputChannels;
    const int width = static_cast<int>((stride_ - 8) * 8);
    for (int column = 0; column < width; column += 8) {
      const int firstPixel = column - shape.padLeft;
      for (std::size_t c = 0; c < channels; c += 8) {
        const std::size_t count = smaller(8, channels - c);
        std::uint64_t block = 0;
        for (int p = 0; p < 8; ++p) {
          const int pixel = firstPixel + p;
          if (pixel < 0 || pixel >= shape.inputWidth) continue;
          const std::size_t first = (line * shape.inputWidth + pixel) * perPixel + channel + c;
          block |= static_cast<std::uint64_t>(bitsFrom(bits, first, count)) << 8 * p;
        }
        if (block == 0) continue;
        block = transpose8x8(block);
        for (int k = 0; k < 8; ++k) {
          bytes_[(c + k) * stride_ + column / 8] = static_cast<std::uint8_t>(block >> 8 * k);
        }
      }
    }
  }

 private:
  std::size_t stride_, size_;
  std::uint8_t* bytes_;
};

// The first `count` of eight codes, the first in the lowest byte.
SPIKEFIT_INLINE void writeCodes(std::uint64_t eight, std::size_t count, Code* codes) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  for (std::size_t k = 0; k < smaller(8, count); ++k) codes[k] = static_cast<Code>(eight >> 8 * k);
#else
  if (count >= 8) {
    __builtin_memcpy(codes, &eight, 8);
    return;
  }
  for (std::size_t part = 4; part > 0; part /= 2) {
    if ((count & part) == 0) continue;
    __builtin_memcpy(codes, &eight, part);
    codes += part;
    eight >>= 8 * part;
  }
#endif
}

// The codes of one line seen through column kw of the filter.
void codesOfLine(const ConvolutionShape& shape, const std::uint8_t* line, std::size_t kw, std::size_t groups,
                 Code* codes) {
  const std::size_t stride = shape.strideWidth;
  if (stride == 1) {
    for (std::size_t j = 0; j < groups; j += 8) {
      const std::size_t first = 4 * j + kw;
      const std::uint64_t eight = spreadNibbles((wordAt(line + first / 8) >> first % 8) & 0xffffffffull);
      writeCodes(eight, groups - j, codes + j);
    }
    return;
  }
  for (std::size_t j = 0; j < groups; ++j) {
    unsigned nibble = 0;
    for (std::size_t p = 0; p < 4; ++p) {
      const std::size_t pixel = (4 * j + p) * stride + kw;
      nibble |= (static_cast<unsigned>(line[pixel / 8]) >> pixel % 8 & 1) << p;
    }
    codes[j] = codeOf(nibble);
  }
}

}  // namespace

void makePixelCodes(const ConvolutionShape& shape, const PixelCodes& layout, const std::uint8_t* bits,
                    std::size_t image, std::size_t images, std::size_t channel, std::size_t channels, Code* codes) {
  const std::size_t width = (4 * layout.groups - 1) * shape.strideWidth + shape.filterWidth;
  TransposedLine transposed(width, channels);
  const std::size_t perChannel = images * layout.lineSize();
  const std::size_t tapLines = layout.shared ? 1 : shape.filterHeight;
  for (std::size_t n = 0; n < images; ++n) {
    for (std::size_t kh = 0; kh < tapLines; ++kh) {
      for (std::size_t line = 0; line < layout.lines; ++line) {
        const int ih = static_cast<int>(line * shape.strideHeight + kh) - shape.padTop;
        if (ih < 0 || ih >= shape.inputHeight) transposed.clear();
        else transposed.fill(shape, bits, (image + n) * shape.inputHeight + ih, channel, channels);
        for (int kw = 0; kw < shape.filterWidth; ++kw) {
          Code* target = codes + (kh * shape.filterWidth + kw) * channels * perChannel +
                         (n * layout.lines + line) * layout.groups;
          for (std::size_t c = 0; c < channels; ++c, target += perChannel) {
            codesOfLine(shape, transposed.channel(c), kw, layout.groups, target);
          }
        }
      }
    }
  }
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
