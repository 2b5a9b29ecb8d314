// Which level of its group's codebook a weight belongs to: how many midpoints lie below it. A weight that is not a
// number belongs to the lowest.
//
// Weights are [rows × groups] with one codebook per column, or all of one codebook (groups = 1). Levels and midpoints
// are by rank, then group: [levels × groups] and [levels − 1 × groups].
#pragma once

#include "../runtime/scratch.h"
#include "../simd/gather.h"
#include "../simd/vector.h"
#include "shapes.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// Up to so many levels the midpoints are compared one by one; beyond, the rank is looked up or searched.
constexpr int kMostCompared = 24;

// Columns that one task takes, so that its part of a table [levels × columns] stays in the cache.
SPIKEFIT_INLINE std::size_t columnBlock(const CodebookShape& shape) {
  const std::size_t fitting = 8192 / static_cast<std::size_t>(shape.levels) / 64 * 64;
  return smaller(shape.groups, larger(64, fitting));
}

// A task's columns of tables [rows × groups], close together: rows of a wide table lie where they would drive each other
// out of the cache.
class ColumnTables {
 public:
  ColumnTables(const CodebookShape& shape, std::size_t column, std::size_t width)
      : groups_(shape.groups), column_(column), width_(width), stride_(width + 16) {}

  // The shape that a task sees: its columns are numbered from 0.
  CodebookShape shapeOf(const CodebookShape& shape) const { return CodebookShape{shape.size, stride_, shape.levels}; }
  std::size_t floats(int rows) const { return static_cast<std::size_t>(rows) * stride_; }

  const float* copy(const float* table, int rows, float* target) const {
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
      copyFloats(target + row * stride_, table + row * groups_ + column_, width_);
    }
    return target;
  }

 private:
  std::size_t groups_, column_, width_, stride_;
};

// A row of midpoints or levels for the weights of one vector: columns from `column`, or the one codebook.
template <bool kColumns>
SPIKEFIT_INLINE Vector ofGroups(const float* table, std::size_t groups, std::size_t rank, std::size_t column,
                                int count) {
  return kColumns ? loadUpTo(table + rank * groups + column, count) : splat(table[rank]);
}

// For one codebook of many levels: the range of its midpoints in equal buckets. `start` is the rank of the lowest
// weight of a bucket; a weight has at most `steps` midpoints more below it, most often one.
class RankBuckets {
 public:
  // In scratch memory of the calling thread (kShared).
  RankBuckets(const CodebookShape& shape, const float* midpoints) {
    const int count = shape.levels - 1;
    midpoints_ = scratchFloats(Scratch::kShared, static_cast<std::size_t>(shape.levels) + kBuckets / 4);
    start_ = reinterpret_cast<std::uint8_t*>(midpoints_ + shape.levels);
    copyFloats(midpoints_, midpoints, static_cast<std::size_t>(count));
    midpoints_[count] = __builtin_inff();
    lowest_ = midpoints[0];
    scale_ = (kBuckets - 1) / (midpoints[count - 1] - midpoints[0]);
    int rank = 0;
    for (int bucket = 0; bucket < kBuckets; ++bucket) {
      start_[bucket] = static_cast<std::uint8_t>(rank);
      const int before = rank;
      while (rank < count && bucketsOf(splat(midpoints[rank]))[0] <= bucket) rank += 1;
      if (rank - before > steps_) steps_ = rank - before;
    }
  }

  inline __attribute__((always_inline)) Mask ranksOf(Vector weights) const {
    alignas(64) float weight[kWidth];
    alignas(64) std::int32_t bucket[kWidth];
    store(weight, weights);
    *reinterpret_cast<Mask*>(bucket) = bucketsOf(weights);
    Mask ranks;
    SPIKEFIT_UNROLL
    for (int lane = 0; lane < kWidth; ++lane) {
      int rank = start_[bucket[lane]];
      for (int step = 0; step < steps_; ++step) rank += weight[lane] > midpoints_[rank];
      ranks[lane] = rank;
    }
    return ranks;
  }

 private:
  static constexpr int kBuckets = 4096;

  // Never falls as the weight grows, whatever the rounding: what lies in a lower bucket is less.
  inline __attribute__((always_inline)) Mask bucketsOf(Vector weights) const {
    Vector position = (weights - splat(lowest_)) * splat(scale_);
    position = select(position > splat(0.0f), position, splat(0.0f));
    position = select(position < splat(kBuckets - 1), position, splat(kBuckets - 1));
    return __builtin_convertvector(position, Mask);
  }

  float* midpoints_;
  std::uint8_t* start_;
  float lowest_, scale_;
  int steps_ = 0;
};

// The same by binary search, for columns of many levels; `columns` are those of the lanes.
SPIKEFIT_INLINE Mask searchRanks(const CodebookShape& shape, const float* midpoints, Vector weights, Mask columns) {
  const std::int32_t groups = static_cast<std::int32_t>(shape.groups), last = shape.levels - 1;
  Mask rank = {};
  int step = 1;
  while (2 * step < shape.levels) step *= 2;
  for (; step > 0; step /= 2) {
    const Mask next = rank + step;
    const Mask exists = next <= last;
    rank += exists & (weights > gather(midpoints, ((next - 1) & exists) * groups + columns)) & step;
  }
  return rank;
}

// Numbers of the lanes' columns; lanes past `count` name the first one, so that they look up what exists.
SPIKEFIT_INLINE Mask columnsOf(std::size_t column, int count) {
  Mask columns;
  for (int lane = 0; lane < kWidth; ++lane) {
    columns[lane] = static_cast<std::int32_t>(column) + (lane < count ? lane : 0);
  }
  return columns;
}

// The ranks of the weights of a column, or of the one codebook; buckets where that has more than kMostCompared levels.
template <bool kColumns>
SPIKEFIT_INLINE Mask ranksOf(const CodebookShape& shape, const float* midpoints, const RankBuckets* bucketsOrNull,
                             Vector weights, std::size_t column, int count) {
  if (shape.levels > kMostCompared) {
    if (!kColumns) return bucketsOrNull->ranksOf(weights);
    return searchRanks(shape, midpoints, weights, columnsOf(column, count));
  }
  Mask rank = {};
  for (int below = 0; below + 1 < shape.levels; ++below) {
    rank -= weights > ofGroups<kColumns>(midpoints, shape.groups, static_cast<std::size_t>(below), column, count);
  }
  return rank;
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
