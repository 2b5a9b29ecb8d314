// A mask as an integer: lane i is bit i.
#pragma once

#include "vector.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

SPIKEFIT_INLINE unsigned maskBits(Mask mask) {
#if defined(__AVX512F__)
  return static_cast<unsigned>(_mm512_movepi32_mask((__m512i)mask));
#elif defined(__AVX2__)
  return static_cast<unsigned>(_mm256_movemask_ps((__m256)mask));
#else
  unsigned bits = 0;
  for (int lane = 0; lane < kWidth; ++lane) bits |= (static_cast<unsigned>(mask[lane]) & 1u) << lane;
  return bits;
#endif
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
