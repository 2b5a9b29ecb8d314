// bfloat16: the upper half of a float32. What is rounded to it is rounded to nearest, ties to even; NaN stays NaN.
#pragma once

#include "../simd/vector.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

typedef std::uint16_t Bfloat16;
typedef std::uint32_t Bits __attribute__((vector_size(kWidth * 4)));
typedef Bits UnalignedBits __attribute__((aligned(4), may_alias));
typedef std::uint16_t HalfBits __attribute__((vector_size(kWidth * 2)));
typedef HalfBits UnalignedHalfBits __attribute__((aligned(2), may_alias));

// The rounded values, in the lower half of each lane.
SPIKEFIT_INLINE Bits roundedBits(Vector value) {
  const Bits bits = (Bits)value;
  const Bits rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const Bits quiet = (bits >> 16) | 0x40u;  // a NaN that keeps its sign
  const Bits isNumber = (Bits)(value == value);
  return (rounded & isNumber) | (quiet & ~isNumber);
}

// Rounds `count` lanes at most.
SPIKEFIT_INLINE void storeUpTo(Bfloat16* target, Vector value, int count) {
  const HalfBits halves = __builtin_convertvector(roundedBits(value), HalfBits);
  if (count >= kWidth) {
    *reinterpret_cast<UnalignedHalfBits*>(target) = halves;
    return;
  }
  for (int lane = 0; lane < count; ++lane) target[lane] = halves[lane];
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
