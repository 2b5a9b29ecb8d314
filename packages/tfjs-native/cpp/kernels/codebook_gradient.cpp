// dWeights = dy where lowest ≤ w ≤ highest (of the weight's group), else 0; all 0 where the weights are assigned.
// sums[g, k] = Σ dy over the weights of level k in group g, counts[g, k] = their number; summed in double.
#include "../runtime/scratch.h"
#include "../simd/parallel.h"
#include "codebook_ranks.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

// {Σ dy, number of weights} of one level: one addition for both.
typedef double Segment __attribute__((vector_size(16)));

// Copies of one codebook's segments. Neighbours are added to different ones: an addition needs not wait for the last.
constexpr std::size_t kCopies = 4;
// Rows that a task takes at least of a tensor with a codebook per column.
constexpr std::size_t kRows = 128;
constexpr std::size_t kChunk = 1u << 16, kMostChunks = 256;

SPIKEFIT_INLINE Mask givenRanks(const CodebookShape& shape, const std::uint8_t* assignments, int count) {
  Mask rank = {};
  for (int lane = 0; lane < count; ++lane) {
    rank[lane] = assignments[lane] < shape.levels ? assignments[lane] : shape.levels - 1;
  }
  return rank;
}

struct Tensors {
  const float *dy, *weights;
  const std::uint8_t* assignmentsOrNull;
  const float *midpoints, *lowest, *highest;
  const RankBuckets* bucketsOrNull;
  float* dWeights;
};

// Adds `count` weights from `first` on; lane i of a vector to segments + (i % kSpread) · levels.
template <bool kColumns, std::size_t kSpread>
SPIKEFIT_INLINE void addRun(const CodebookShape& shape, const Tensors& tensors, std::size_t first, std::size_t count,
                            Segment* segments) {
  const std::size_t levels = static_cast<std::size_t>(shape.levels);
  for (std::size_t i = 0; i < count; i += kWidth) {
    const int lanes = static_cast<int>(smaller(kWidth, count - i));
    const std::size_t at = first + i;
    const Vector dy = loadUpTo(tensors.dy + at, lanes);
    Mask rank;
    if (tensors.assignmentsOrNull != nullptr) {
      rank = givenRanks(shape, tensors.assignmentsOrNull + at, lanes);
      storeUpTo(tensors.dWeights + at, splat(0.0f), lanes);
    } else {
      const Vector weight = loadUpTo(tensors.weights + at, lanes);
      rank = ranksOf<kColumns>(shape, tensors.midpoints, tensors.bucketsOrNull, weight, i, lanes);
      const Mask inside = (weight >= ofGroups<kColumns>(tensors.lowest, shape.groups, 0, i, lanes)) &
                          (weight <= ofGroups<kColumns>(tensors.highest, shape.groups, 0, i, lanes));
      storeUpTo(tensors.dWeights + at, (Vector)(inside & (Mask)dy), lanes);
    }
    Segment* const own = segments + (kColumns ? i * levels : 0);
    alignas(64) std::int32_t ranks[kWidth];
    alignas(64) float gradients[kWidth];
    *reinterpret_cast<Mask*>(ranks) = rank;
    store(gradients, dy);
    for (int lane = 0; lane < lanes; ++lane) {
      own[static_cast<std::size_t>(lane) % kSpread * levels + static_cast<std::size_t>(ranks[lane])] +=
          Segment{static_cast<double>(gradients[lane]), 1.0};
    }
  }
}

void clear(Segment* segments, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) segments[i] = Segment{};
}

// Σ over `count` copies [count × size], in order; one codebook after the other.
void addCopies(const Segment* copies, std::size_t count, std::size_t size, float* sums, float* counts) {
  for (std::size_t i = 0; i < size; ++i) {
    Segment total = copies[i];
    for (std::size_t copy = 1; copy < count; ++copy) total += copies[copy * size + i];
    sums[i] = static_cast<float>(total[0]);
    counts[i] = static_cast<float>(total[1]);
  }
}

Segment* partialSegments(std::size_t count) {
  return static_cast<Segment*>(scratchMemory(Scratch::kPartials, larger(1, count) * sizeof(Segment)));
}

void oneCodebook(const CodebookShape& shape, const Tensors& tensors, float* sums, float* counts) {
  const std::size_t levels = static_cast<std::size_t>(shape.levels), own = kCopies * levels;
  const std::size_t chunk = larger(kChunk, divideUp(divideUp(shape.size, kMostChunks), kMaximumWidth) * kMaximumWidth);
  const std::size_t chunks = larger(1, divideUp(shape.size, chunk));
  Segment* const partials = partialSegments(chunks * own);
  clear(partials, own);
  parallelChunks(shape.size, chunk, [&](std::size_t begin, std::size_t end) {
    Segment* const mine = partials + begin / chunk * own;
    clear(mine, own);
    addRun<false, kCopies>(shape, tensors, begin, end - begin, mine);
  });
  addCopies(partials, chunks * kCopies, levels, sums, counts);
}

void codebookPerColumn(const CodebookShape& shape, const Tensors& tensors, float* sums, float* counts) {
  const std::size_t groups = shape.groups, levels = static_cast<std::size_t>(shape.levels);
  const std::size_t rows = shape.size / groups, block = columnBlock(shape), blocks = divideUp(groups, block);
  // Enough tasks for any number of threads, and no more copies of the segments than that takes.
  const std::size_t perChunk = larger(kRows, divideUp(rows, divideUp(64, blocks)));
  const std::size_t chunks = larger(1, divideUp(rows, perChunk)), size = groups * levels;
  Segment* const partials = partialSegments(chunks * size);
  parallel(chunks * blocks, [&](std::size_t task) {
    const std::size_t chunk = task / blocks, column = task % blocks * block;
    const std::size_t width = smaller(block, groups - column);
    Segment* const mine = partials + chunk * size + column * levels;
    clear(mine, width * levels);
    const ColumnTables tables(shape, column, width);
    const CodebookShape ownShape = tables.shapeOf(shape);
    Tensors own = tensors;
    own.midpoints = tables.copy(tensors.midpoints, shape.levels - 1,
                                scratchFloats(Scratch::kTile, tables.floats(shape.levels)));
    own.lowest += column;
    own.highest += column;
    for (std::size_t row = chunk * perChunk; row < smaller((chunk + 1) * perChunk, rows); ++row) {
      addRun<true, kMaximumWidth>(ownShape, own, row * groups + column, width, mine);
    }
  });
  addCopies(partials, chunks, size, sums, counts);
}

}  // namespace

void codebookGradient(const CodebookShape& shape, const float* dy, const float* weights,
                      const std::uint8_t* assignmentsOrNull, const float* midpoints, const float* lowest,
                      const float* highest, float* dWeights, float* sums, float* counts) {
  Tensors tensors{dy, weights, assignmentsOrNull, midpoints, lowest, highest, nullptr, dWeights};
  if (shape.groups > 1) return codebookPerColumn(shape, tensors, sums, counts);
  if (assignmentsOrNull != nullptr || shape.levels <= kMostCompared) return oneCodebook(shape, tensors, sums, counts);
  const RankBuckets buckets(shape, midpoints);
  tensors.bucketsOrNull = &buckets;
  oneCodebook(shape, tensors, sums, counts);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
