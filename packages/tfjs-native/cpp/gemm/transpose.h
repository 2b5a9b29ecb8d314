// Transposes small blocks of floats in registers.
#pragma once

#include "../simd/vector.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// Side of the block that transposeBlock takes; 1 where the instruction set has no fast way.
#if defined(__AVX2__)
constexpr std::size_t kTransposeBlock = 8;
#else
constexpr std::size_t kTransposeBlock = 1;
#endif

// target[r · targetStride + c] = source[c · sourceStride + r] for r and c below kTransposeBlock.
SPIKEFIT_INLINE void transposeBlock(const float* source, std::size_t sourceStride, float* target,
                                    std::size_t targetStride) {
#if defined(__AVX2__)
  __m256 line[8], pairs[8], fours[8];
  SPIKEFIT_UNROLL
  for (int i = 0; i < 8; ++i) line[i] = _mm256_loadu_ps(source + i * sourceStride);
  SPIKEFIT_UNROLL
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = _mm256_unpacklo_ps(line[i], line[i + 1]);
    pairs[i + 1] = _mm256_unpackhi_ps(line[i], line[i + 1]);
  }
  SPIKEFIT_UNROLL
  for (int i = 0; i < 8; i += 4) {
    SPIKEFIT_UNROLL
    for (int half = 0; half < 2; ++half) {
      fours[i + 2 * half] = _mm256_shuffle_ps(pairs[i + half], pairs[i + 2 + half], 0x44);
      fours[i + 2 * half + 1] = _mm256_shuffle_ps(pairs[i + half], pairs[i + 2 + half], 0xee);
    }
  }
  SPIKEFIT_UNROLL
  for (int i = 0; i < 4; ++i) {
    _mm256_storeu_ps(target + i * targetStride, _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x20));
    _mm256_storeu_ps(target + (i + 4) * targetStride, _mm256_permute2f128_ps(fours[i], fours[i + 4], 0x31));
  }
#else
  (void)sourceStride;
  (void)targetStride;
  *target = *source;
#endif
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
