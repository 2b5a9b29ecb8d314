// Which level of its group's codebook a weight belongs to: how many midpoints lie below it.
//
// Weights are [rows × groups] with one codebook per column, or all of one codebook (groups = 1). Levels and midpoints
// are by rank, then group: [levels × groups] and [levels − 1 × groups].
#pragma once

#include "../simd/gather.h"
#include "../simd/vector.h"
#include "shapes.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// Up to so many levels the midpoints are compared one by one; beyond, they are searched.
constexpr int kMostCompared = 32;

// A row of midpoints or levels for the weights of one vector: columns from `column`, or the one codebook.
template <bool kColumns>
SPIKEFIT_INLINE Vector ofGroups(const float* table, std::size_t groups, std::size_t rank, std::size_t column,
                                int count) {
  return kColumns ? loadUpTo(table + rank * groups + column, count) : splat(table[rank]);
}

// Numbers of the lanes' columns; lanes past `count` name the first one, so that they look up what exists.
template <bool kColumns>
SPIKEFIT_INLINE Mask columnsOf(std::size_t column, int count) {
  Mask columns;
  for (int lane = 0; lane < kWidth; ++lane) {
    columns[lane] = kColumns && lane < count ? static_cast<std::int32_t>(column) + lane : 0;
  }
  return columns;
}

// A weight that is not a number belongs to the lowest level.
template <bool kColumns>
SPIKEFIT_INLINE Mask searchRanks(const CodebookShape& shape, const float* midpoints, Vector weights,
                                 std::size_t column, int count) {
  const std::int32_t groups = static_cast<std::int32_t>(shape.groups), last = shape.levels - 1;
  const Mask columns = columnsOf<kColumns>(column, count);
  Mask rank = {};
  int step = 1;
  while (2 * step < shape.levels) step *= 2;
  for (; step > 0; step /= 2) {
    const Mask next = rank + step;
    const Mask exists = next <= last;
    const Mask midpoint = ((next - 1) & exists) * groups + columns;
    rank += exists & (weights > gather(midpoints, midpoint)) & step;
  }
  return rank;
}

template <bool kColumns>
SPIKEFIT_INLINE Mask ranksOf(const CodebookShape& shape, const float* midpoints, Vector weights, std::size_t column,
                             int count) {
  if (shape.levels > kMostCompared) return searchRanks<kColumns>(shape, midpoints, weights, column, count);
  Mask rank = {};
  for (int below = 0; below + 1 < shape.levels; ++below) {
    rank -= weights > ofGroups<kColumns>(midpoints, shape.groups, below, column, count);
  }
  return rank;
}

// The ranks of assignments, which are trusted no further than that they stay within the codebook.
SPIKEFIT_INLINE Mask givenRanks(const CodebookShape& shape, const std::uint8_t* assignments, int count) {
  Mask rank = {};
  for (int lane = 0; lane < count; ++lane) {
    rank[lane] = assignments[lane] < shape.levels ? assignments[lane] : shape.levels - 1;
  }
  return rank;
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
