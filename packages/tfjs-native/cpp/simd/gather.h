// Look-ups by the lanes of a vector.
#pragma once

#include "vector.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// table[index[lane]] in every lane.
SPIKEFIT_INLINE Vector gather(const float* table, Mask index) {
#if defined(__AVX512F__)
  return (Vector)_mm512_i32gather_ps((__m512i)index, table, 4);
#elif defined(__AVX2__)
  return (Vector)_mm256_i32gather_ps(table, (__m256i)index, 4);
#else
  Vector result;
  for (int lane = 0; lane < kWidth; ++lane) result[lane] = table[index[lane]];
  return result;
#endif
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
