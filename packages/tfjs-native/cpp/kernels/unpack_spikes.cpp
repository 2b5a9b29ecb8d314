// x[i] = 1 where bit i is set, else 0.
#include "../simd/parallel.h"
#include "../simd/spike_bits.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

constexpr std::size_t kChunk = 1u << 16;

unsigned bitsAt(const std::uint8_t* bits, std::size_t i) {
  if (kWidth == 16) return bits[i / 8] | static_cast<unsigned>(bits[i / 8 + 1]) << 8;
  return static_cast<unsigned>(bits[i / 8]) >> i % 8;
}

}  // namespace

void unpackSpikes(std::size_t size, const std::uint8_t* bits, float* x) {
  parallelChunks(size, kChunk, [&](std::size_t begin, std::size_t end) {
    std::size_t i = begin;
    for (; i + kWidth <= end; i += kWidth) store(x + i, spikesOf(bitsAt(bits, i)));
    for (; i < end; ++i) x[i] = static_cast<float>(bits[i / 8] >> i % 8 & 1);
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
