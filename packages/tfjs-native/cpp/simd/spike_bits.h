// Spikes kept as bits: spike i is bit i & 7 of byte i >> 3.
#pragma once

#include "vector.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// Bit i is set where lane i is true (all ones).
SPIKEFIT_INLINE unsigned bitsOf(Mask mask) {
#if defined(__AVX512F__)
  return _mm512_movepi32_mask((__m512i)mask);
#elif defined(__AVX2__)
  return static_cast<unsigned>(_mm256_movemask_ps((__m256)mask));
#else
  unsigned bits = 0;
  for (int lane = 0; lane < kWidth; ++lane) bits |= static_cast<unsigned>(mask[lane] & 1) << lane;
  return bits;
#endif
}

// 1 in the lanes whose bit is set, else 0.
SPIKEFIT_INLINE Vector spikesOf(unsigned bits) {
  Mask mask;
  SPIKEFIT_UNROLL
  for (int lane = 0; lane < kWidth; ++lane) mask[lane] = 1 << lane;
  mask &= static_cast<std::int32_t>(bits);
  return (Vector)((mask != 0) & 0x3f800000);
}

// Spikes [first, first + count), the first of them in bit 0; count is at most 8.
SPIKEFIT_INLINE unsigned bitsFrom(const std::uint8_t* bits, std::size_t first, std::size_t count) {
  const std::size_t shift = first % 8;
  unsigned word = bits[first / 8];
  // The next byte exists only if spikes of it are asked for.
  if (shift + count > 8) word |= static_cast<unsigned>(bits[first / 8 + 1]) << 8;
  return word >> shift & ((1u << count) - 1);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
