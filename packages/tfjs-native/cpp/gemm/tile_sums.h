// The sums that a pass of an inner product keeps in registers: kRows rows of kVectors vectors, of which `columns`
// values are valid.
#pragma once

#include "../simd/vector.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

template <int kRows, int kVectors>
SPIKEFIT_INLINE void loadSums(const float* result, std::size_t stride, int columns, Vector (&sum)[kRows][kVectors]) {
  SPIKEFIT_UNROLL
  for (int row = 0; row < kRows; ++row) {
    SPIKEFIT_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      sum[row][v] = loadUpTo(result + row * stride + v * kWidth, columns - v * kWidth);
    }
  }
}

template <int kRows, int kVectors>
SPIKEFIT_INLINE void storeSums(float* result, std::size_t stride, int columns,
                               const Vector (&sum)[kRows][kVectors]) {
  SPIKEFIT_UNROLL
  for (int row = 0; row < kRows; ++row) {
    SPIKEFIT_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      storeUpTo(result + row * stride + v * kWidth, sum[row][v], columns - v * kWidth);
    }
  }
}

// The same start in every row.
template <int kRows, int kVectors>
SPIKEFIT_INLINE void startSums(const Vector (&start)[kVectors], Vector (&sum)[kRows][kVectors]) {
  SPIKEFIT_UNROLL
  for (int row = 0; row < kRows; ++row) {
    SPIKEFIT_UNROLL
    for (int v = 0; v < kVectors; ++v) sum[row][v] = start[v];
  }
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
