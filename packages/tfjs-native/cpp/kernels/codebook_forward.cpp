// y = the level of each weight: the nearest (of two as near, the lower), or the one that it is assigned to.
#include "../simd/parallel.h"
#include "codebook_ranks.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

constexpr std::size_t kChunk = 1u << 16;

struct Codebooks {
  const CodebookShape& shape;
  const float *midpoints, *levels;
  const RankBuckets* bucketsOrNull;
};

template <bool kColumns>
SPIKEFIT_INLINE Vector nearestLevels(const Codebooks& codebooks, Vector weights, std::size_t column, int count) {
  const CodebookShape& shape = codebooks.shape;
  const float* const levels = codebooks.levels;
  if (shape.levels > kMostCompared) {
    const Mask rank =
        ranksOf<kColumns>(shape, codebooks.midpoints, codebooks.bucketsOrNull, weights, column, count);
    if (kColumns) return gather(levels, rank * static_cast<std::int32_t>(shape.groups) + columnsOf(column, count));
    Vector level;
    for (int lane = 0; lane < kWidth; ++lane) level[lane] = levels[rank[lane]];
    return level;
  }
  Vector level = ofGroups<kColumns>(levels, shape.groups, 0, column, count);
  for (std::size_t below = 0; below + 1 < static_cast<std::size_t>(shape.levels); ++below) {
    const Mask above = weights > ofGroups<kColumns>(codebooks.midpoints, shape.groups, below, column, count);
    level = select(above, ofGroups<kColumns>(levels, shape.groups, below + 1, column, count), level);
  }
  return level;
}

// `count` neighbouring weights.
template <bool kColumns>
void quantizeRun(const Codebooks& codebooks, const float* weights, std::size_t count, float* y) {
  for (std::size_t i = 0; i < count; i += kWidth) {
    const int lanes = static_cast<int>(smaller(kWidth, count - i));
    storeUpTo(y + i, nearestLevels<kColumns>(codebooks, loadUpTo(weights + i, lanes), i, lanes), lanes);
  }
}

void oneCodebook(const CodebookShape& shape, const float* weights, const float* midpoints, const float* levels,
                 float* y) {
  const auto quantize = [&](const RankBuckets* buckets) {
    const Codebooks codebooks{shape, midpoints, levels, buckets};
    parallelChunks(shape.size, kChunk, [&](std::size_t begin, std::size_t end) {
      quantizeRun<false>(codebooks, weights + begin, end - begin, y + begin);
    });
  };
  if (shape.levels <= kMostCompared) return quantize(nullptr);
  const RankBuckets buckets(shape, midpoints);
  quantize(&buckets);
}

void codebookPerColumn(const CodebookShape& shape, const float* weights, const float* midpoints, const float* levels,
                       float* y) {
  const std::size_t groups = shape.groups, rows = shape.size / groups, block = columnBlock(shape);
  const std::size_t perTask = larger(1, kChunk / block), blocks = divideUp(groups, block);
  parallel(divideUp(rows, perTask) * blocks, [&](std::size_t task) {
    const std::size_t column = task % blocks * block, first = task / blocks * perTask;
    const std::size_t width = smaller(block, groups - column);
    const ColumnTables tables(shape, column, width);
    const CodebookShape own = tables.shapeOf(shape);
    float* const memory = scratchFloats(Scratch::kTile, tables.floats(2 * shape.levels));
    const Codebooks codebooks{own, tables.copy(midpoints, shape.levels - 1, memory),
                              tables.copy(levels, shape.levels, memory + tables.floats(shape.levels)), nullptr};
    for (std::size_t row = first; row < smaller(first + perTask, rows); ++row) {
      const std::size_t at = row * groups + column;
      quantizeRun<true>(codebooks, weights + at, width, y + at);
    }
  });
}

void lookUp(const CodebookShape& shape, const std::uint8_t* assignments, const float* levels, float* y) {
  parallelChunks(shape.size, kChunk, [&](std::size_t begin, std::size_t end) {
    std::size_t group = begin % shape.groups;
    for (std::size_t i = begin; i < end; ++i) {
      // Assignments are trusted no further than that they stay within the codebook.
      const std::size_t rank = smaller(assignments[i], static_cast<std::size_t>(shape.levels - 1));
      y[i] = levels[rank * shape.groups + group];
      if (++group == shape.groups) group = 0;
    }
  });
}

}  // namespace

void codebookForward(const CodebookShape& shape, const float* weights, const std::uint8_t* assignmentsOrNull,
                     const float* midpoints, const float* levels, float* y) {
  if (assignmentsOrNull != nullptr) lookUp(shape, assignmentsOrNull, levels, y);
  else if (shape.groups == 1) oneCodebook(shape, weights, midpoints, levels, y);
  else codebookPerColumn(shape, weights, midpoints, levels, y);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
