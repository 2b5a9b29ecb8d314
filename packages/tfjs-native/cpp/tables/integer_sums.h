// Products of spikes and integers of 8 bits by subset-sum tables: subset_sums.h, with sums that are exact.
//
// A table entry is a sum of at most four integers. The entries of a slice are added in 16 bits, which hold four times
// 24 groups · 128, and then to sums of 32 bits.
#pragma once

#include "subset_sums.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

typedef std::int16_t ShortVector __attribute__((vector_size(kWidth * 4)));  // 2 · kWidth of them
typedef ShortVector UnalignedShortVector __attribute__((aligned(2), may_alias));
constexpr int kShorts = 2 * kWidth;

// Columns of the dense operand that one table covers, and what a table takes.
constexpr int kIntegerBlock = 32;
constexpr int kIntegerVectors = kIntegerBlock / kShorts;
constexpr std::size_t kTableShorts = 16 * kIntegerBlock;
// Groups of a slice: 24 KiB of a 32 KiB first-level cache.
constexpr std::size_t kIntegerSliceGroups = 24;
static_assert(kIntegerSliceGroups * 4 * 128 <= 32767, "16 bits must hold the sums of a slice");

// table[subset][kIntegerBlock] of the integers round(first[i] · inverse[i]) of the rows first, first + rowStride, …;
// only `rows` (0 … 4) of them and `columns` (1 … kIntegerBlock) of their values exist, the others are zero.
// `inverse` is [kIntegerBlock].
void buildIntegerTable(const float* first, std::size_t rowStride, int rows, int columns, const float* inverse,
                       std::int16_t* table);

// In blocks of kIntegerBlock, of at most kIntegerSliceGroups groups.
using IntegerLookup = TableLookup<std::int16_t, std::int32_t>;
void addIntegerLookups(const IntegerLookup& lookup);

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
