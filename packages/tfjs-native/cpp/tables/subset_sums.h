// Products with spikes by subset-sum tables.
//
// Rows of the dense operand are taken in groups of four. For each group the sums of all 16 subsets of its rows
// are tabled once; a spike vector then needs one addition per group, looked up by its four bits, instead of one
// fused product per row: a quarter of the work at any density, and no product is rounded. A slice of tables
// stays in the first-level cache while many spike vectors stream past it.
//
// Sums run over the groups in ascending order whatever the slicing, and a table entry is always
// ((w0 + w1) + w2) + w3 of its set bits, so the bits depend on the inputs alone and are the same on every
// instruction set.
#pragma once

#include "../simd/vector.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// Columns of the dense operand that one table covers.
constexpr int kBlock = kWidth == 16 ? 32 : 16;
constexpr int kBlockVectors = kBlock / kWidth;
constexpr std::size_t kTableFloats = 16 * kBlock;
// Groups of a slice: 25 KiB of a 32 KiB first-level cache.
constexpr std::size_t kSliceGroups = 6400 / kTableFloats;

// A code is the four bits of one group times 16: with kBlock columns per entry it is kBlock / 16 floats away.
using Code = std::uint8_t;
SPIKEFIT_INLINE Code codeOf(unsigned nibble) { return static_cast<Code>(nibble << 4); }

// table[subset][kBlock] of the rows first, first + rowStride, …; only `rows` (0 … 4) of them and `columns`
// (1 … kBlock) of their values exist, the others are zero.
void buildTable(const float* first, std::size_t rowStride, int rows, int columns, float* table);

// Asks for the four rows of a group that will be tabled soon: they lie too far apart for the CPU to foresee.
SPIKEFIT_INLINE void prefetchRows(const float* first, std::size_t rowStride) {
  SPIKEFIT_UNROLL
  for (int row = 0; row < 4; ++row) __builtin_prefetch(first + row * rowStride);
}

// Copies the first `columns` of kBlock sums.
SPIKEFIT_INLINE void copyBlock(float* target, const float* sums, int columns) {
  SPIKEFIT_UNROLL
  for (int v = 0; v < kBlockVectors; ++v) {
    if (columns - v * kWidth > 0) storeUpTo(target + v * kWidth, load(sums + v * kWidth), columns - v * kWidth);
  }
}

// sums[sumOffsets[r] … + block) += Σ_g tables[g][codes[codeOffsets[r] + g]] for every row r.
template <typename Entry, typename Sum>
struct TableLookup {
  const Entry* tables;  // [groups][16][block]
  std::size_t groups;
  const Code* codes;
  const std::uint32_t* codeOffsets;
  const std::uint32_t* sumOffsets;
  std::size_t rows;
  int columns;  // values of a row that are of use
  Sum* sums;
};

// In blocks of kBlock.
using Lookup = TableLookup<float, float>;
void addLookups(const Lookup& lookup);

// Splits `groups` into equal slices of at most `most`; calls slice(first, count).
template <typename Slice>
SPIKEFIT_INLINE void forEachSlice(std::size_t groups, const Slice& slice, std::size_t most = kSliceGroups) {
  const std::size_t slices = divideUp(groups, most);
  for (std::size_t index = 0; index < slices; ++index) {
    const std::size_t first = groups * index / slices;
    slice(first, groups * (index + 1) / slices - first);
  }
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
