// bits = x, one bit per value, the bits past the end 0; returns whether every value was 0 or 1.
#include "../simd/parallel.h"
#include "../simd/spike_bits.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

constexpr std::size_t kStep = 16;  // spikes: at least one vector and whole bytes on every instruction set
constexpr std::size_t kChunk = 1u << 16;

bool packPart(const float* x, std::size_t count, std::uint8_t* bits) {
  Mask binary = splat(0.0f) == splat(0.0f);
  std::size_t i = 0;
  for (; i + kStep <= count; i += kStep) {
    unsigned word = 0;
    SPIKEFIT_UNROLL
    for (std::size_t v = 0; v < kStep; v += kWidth) {
      const Vector value = load(x + i + v);
      const Mask one = value == splat(1.0f);
      binary &= one | (value == splat(0.0f));
      word |= bitsOf(one) << v;
    }
    bits[i / 8] = static_cast<std::uint8_t>(word);
    bits[i / 8 + 1] = static_cast<std::uint8_t>(word >> 8);
  }
  bool rest = true;
  for (std::size_t byte = i / 8; byte < divideUp(count, 8); ++byte) bits[byte] = 0;
  for (; i < count; ++i) {
    rest = rest && (x[i] == 0.0f || x[i] == 1.0f);
    if (x[i] == 1.0f) bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | 1u << i % 8);
  }
  return rest && bitsOf(binary) == (1u << kWidth) - 1;
}

}  // namespace

bool packSpikes(std::size_t size, const float* x, std::uint8_t* bits) {
  bool binary = true;
  parallelChunks(size, kChunk, [&](std::size_t begin, std::size_t end) {
    if (!packPart(x + begin, end - begin, bits + begin / 8)) __atomic_store_n(&binary, false, __ATOMIC_RELAXED);
  });
  return binary;
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
