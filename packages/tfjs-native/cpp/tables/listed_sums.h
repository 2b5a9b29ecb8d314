// Products with few spikes: the rows that spikes choose are added one by one.
//
// Where few of the inputs are spikes, most groups of four are empty and most of the others hold one spike, so a table
// of subset sums saves little. Rows are copied side by side, kListedColumns of them at a time, so that a
// slice stays in the second-level cache and the sums in registers. Sums run over the rows in ascending order whatever
// the slicing; they may differ in their last bits from those of the tables.
#pragma once

#include "../simd/vector.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

constexpr int kListedVectors = 8;
constexpr std::size_t kListedColumns = kListedVectors * kWidth;
// Floats of a slice of rows: 320 KiB.
constexpr std::size_t kListedFloats = 80 << 10;

// sums += Σ_i rows[list[i] − first], of kVectors vectors each.
template <int kVectors, typename Index>
SPIKEFIT_INLINE void addListed(const float* rows, std::size_t first, const Index* list, const Index* end,
                               Vector* sums) {
  for (; list < end; ++list) {
    const float* const row = rows + (*list - first) * (kVectors * kWidth);
    SPIKEFIT_UNROLL
    for (int v = 0; v < kVectors; ++v) sums[v] += load(row + v * kWidth);
  }
}

template <int kVectors>
SPIKEFIT_INLINE void clearSums(Vector* sums) {
  SPIKEFIT_UNROLL
  for (int v = 0; v < kVectors; ++v) sums[v] = splat(0.0f);
}

// The first `columns` of kVectors vectors; the others are zero, and are not written.
template <int kVectors>
SPIKEFIT_INLINE void loadColumns(const float* source, std::size_t columns, Vector* sums) {
  float padded[kVectors * kWidth];
  if (columns < kVectors * kWidth) {
    clearFloats(padded, kVectors * kWidth);
    copyFloats(padded, source, columns);
    source = padded;
  }
  SPIKEFIT_UNROLL
  for (int v = 0; v < kVectors; ++v) sums[v] = load(source + v * kWidth);
}
template <int kVectors>
SPIKEFIT_INLINE void storeColumns(float* target, std::size_t columns, const Vector* sums) {
  float padded[kVectors * kWidth];
  float* const whole = columns < kVectors * kWidth ? padded : target;
  SPIKEFIT_UNROLL
  for (int v = 0; v < kVectors; ++v) store(whole + v * kWidth, sums[v]);
  if (whole == padded) copyFloats(target, padded, columns);
}

// Copies `count` rows that lie rowStride floats apart to rows of kVectors vectors.
template <int kVectors>
SPIKEFIT_INLINE void packRows(const float* source, std::size_t rowStride, std::size_t count, std::size_t columns,
                              float* rows) {
  Vector row[kVectors];
  for (std::size_t r = 0; r < count; ++r) {
    loadColumns<kVectors>(source + r * rowStride, columns, row);
    SPIKEFIT_UNROLL
    for (int v = 0; v < kVectors; ++v) store(rows + (r * kVectors + v) * kWidth, row[v]);
  }
}

// Calls run.template with<kVectors>(): with as many vectors as `columns` take, rounded up.
template <typename Run>
SPIKEFIT_INLINE void withVectors(std::size_t columns, const Run& run) {
  if (columns <= kWidth) run.template with<1>();
  else if (columns <= 2 * kWidth) run.template with<2>();
  else if (columns <= 4 * kWidth) run.template with<4>();
  else run.template with<kListedVectors>();
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
