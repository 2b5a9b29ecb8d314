#include "pixel_codes.h"

#include "transposed_image.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

// Eight nibbles, each in the upper half of a byte of its own: their codes.
std::uint64_t spreadNibbles(std::uint64_t x) {
  x = (x | x << 16) & 0x0000ffff0000ffffull;
  x = (x | x << 8) & 0x00ff00ff00ff00ffull;
  x = (x | x << 4) & 0x0f0f0f0f0f0f0f0full;
  return x << 4;
}

// Bits put one behind the other, the first the lowest of the first byte.
class BitString {
 public:
  explicit BitString(std::uint8_t* bytes) : bytes_(bytes), next_(bytes) {}

  // Bytes that a string of `bits` bits takes, with the zeros that `close` adds.
  static std::size_t capacity(std::size_t bits) { return bits / 8 + 24; }

  // The lowest `count` of 1 … 32 bits; the others are zero.
  inline __attribute__((always_inline)) void append(std::uint64_t bits, std::size_t count) {
    last_ |= bits << filled_;
    putWord(next_, last_);
    filled_ += count;
    next_ += filled_ / 8;
    last_ >>= filled_ / 8 * 8;
    filled_ %= 8;
  }

  // Whatever is read past the end is zero.
  void close() {
    putWord(next_, last_);
    putWord(next_ + 8, 0);
    putWord(next_ + 16, 0);
  }

  const std::uint8_t* bytes() const { return bytes_; }

 private:
  static void putWord(std::uint8_t* target, std::uint64_t word) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    __builtin_memcpy(target, &word, 8);
  }

  std::uint8_t* bytes_;
  std::uint8_t* next_;
  std::uint64_t last_ = 0;
  std::size_t filled_ = 0;  // bits of last_ that belong to the string, below 8
};

// What the outputs of `lines` lines see through column kw of the filter; the lines lie `step` bytes apart.
void appendLines(const ConvolutionShape& shape, const std::uint8_t* line, std::size_t step, std::size_t lines,
                 std::size_t kw, BitString& string) {
  const std::size_t width = shape.outputWidth, stride = shape.strideWidth;
  const std::size_t whole = width / 32 * 4, rest = width % 32;
  const std::uint64_t restMask = (1ull << rest) - 1;
  for (; lines > 0; --lines, line += step) {
    if (stride == 1) {
      const std::uint8_t* const first = line + kw / 8;
      for (std::size_t byte = 0; byte < whole; byte += 4) {
        string.append(wordAt(first + byte) >> kw % 8 & 0xffffffffull, 32);
      }
      if (rest > 0) string.append(wordAt(first + whole) >> kw % 8 & restMask, rest);
      continue;
    }
    for (std::size_t pixel = kw; pixel < width * stride + kw; pixel += stride) {
      string.append(line[pixel / 8] >> pixel % 8 & 1, 1);
    }
  }
}

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

// The codes of a string from bit `shift` on, below 4.
SPIKEFIT_INLINE void codesOfString(const std::uint8_t* string, std::size_t shift, std::size_t groups, Code* codes) {
  for (std::size_t j = 0; j < groups; j += 8) {
    writeCodes(spreadNibbles(wordAt(string + j / 2) >> shift & 0xffffffffull), groups - j, codes + j);
  }
}

}  // namespace

void makePixelCodes(const ConvolutionShape& shape, const PixelCodes& layout, const std::uint8_t* bits,
                    std::size_t image, std::size_t images, std::size_t channel, std::size_t channels, Code* codes) {
  TransposedImage transposed(shape, channels);
  // Planes that come of one string, and strings of a column of the filter.
  const std::size_t shifts = layout.shared ? layout.phases : 1;
  const std::size_t strings = layout.phases / shifts;
  const std::size_t lines = shape.outputHeight + (layout.shared ? shape.filterHeight - 1 : 0);
  std::uint8_t* const memory = scratchBytes(Scratch::kString, BitString::capacity(lines * layout.width));
  const std::size_t step = shape.strideHeight * transposed.lineBytes();
  const std::size_t planeSize = channels * images * layout.size;
  for (std::size_t n = 0; n < images; ++n) {
    transposed.fill(shape, bits, image + n, channel, channels);
    for (std::size_t c = 0; c < channels; ++c) {
      Code* target = codes + (c * images + n) * layout.size;
      for (int kw = 0; kw < shape.filterWidth; ++kw) {
        for (std::size_t first = 0; first < strings; ++first) {
          BitString string(memory);
          appendLines(shape, transposed.line(c, first), step, lines, kw, string);
          string.close();
          for (std::size_t phase = 0; phase < shifts; ++phase, target += planeSize) {
            codesOfString(string.bytes(), layout.shift(phase), layout.size, target);
          }
        }
      }
    }
  }
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
