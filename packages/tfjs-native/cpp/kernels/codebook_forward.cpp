// y = the level of each weight: the nearest (of two as near, the lower), or the one that it is assigned to.
#include "../simd/parallel.h"
#include "codebook_ranks.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

constexpr std::size_t kChunk = 1u << 15;

template <bool kColumns>
Vector nearestLevels(const CodebookShape& shape, const float* midpoints, const float* levels, Vector weights,
                     std::size_t column, int count) {
  if (shape.levels > kMostCompared) {
    const Mask rank = searchRanks<kColumns>(shape, midpoints, weights, column, count);
    return gather(levels, rank * static_cast<std::int32_t>(shape.groups) + columnsOf<kColumns>(column, count));
  }
  Vector level = ofGroups<kColumns>(levels, shape.groups, 0, column, count);
  for (int below = 0; below + 1 < shape.levels; ++below) {
    const Mask above = weights > ofGroups<kColumns>(midpoints, shape.groups, below, column, count);
    level = select(above, ofGroups<kColumns>(levels, shape.groups, below + 1, column, count), level);
  }
  return level;
}

// `count` weights of one row, or of one codebook.
template <bool kColumns>
void quantizeRun(const CodebookShape& shape, const float* weights, const float* midpoints, const float* levels,
                 std::size_t count, float* y) {
  for (std::size_t i = 0; i < count; i += kWidth) {
    const int lanes = static_cast<int>(smaller(kWidth, count - i));
    const Vector weight = loadUpTo(weights + i, lanes);
    storeUpTo(y + i, nearestLevels<kColumns>(shape, midpoints, levels, weight, i, lanes), lanes);
  }
}

void lookUp(const CodebookShape& shape, const std::uint8_t* assignments, const float* levels, std::size_t begin,
            std::size_t end, float* y) {
  std::size_t group = begin % shape.groups;
  for (std::size_t i = begin; i < end; ++i) {
    const std::size_t rank = smaller(assignments[i], static_cast<std::size_t>(shape.levels - 1));
    y[i] = levels[rank * shape.groups + group];
    if (++group == shape.groups) group = 0;
  }
}

}  // namespace

void codebookForward(const CodebookShape& shape, const float* weights, const std::uint8_t* assignmentsOrNull,
                     const float* midpoints, const float* levels, float* y) {
  const std::size_t groups = shape.groups;
  // Whole rows.
  const std::size_t chunk = groups * larger(1, kChunk / groups);
  parallelChunks(shape.size, chunk, [&](std::size_t begin, std::size_t end) {
    if (assignmentsOrNull != nullptr) return lookUp(shape, assignmentsOrNull, levels, begin, end, y);
    if (groups == 1) {
      quantizeRun<false>(shape, weights + begin, midpoints, levels, end - begin, y + begin);
      return;
    }
    for (std::size_t row = begin; row < end; row += groups) {
      quantizeRun<true>(shape, weights + row, midpoints, levels, groups, y + row);
    }
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
