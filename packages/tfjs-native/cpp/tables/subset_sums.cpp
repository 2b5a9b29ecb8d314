#include "subset_sums.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

// Spike vectors whose sums are in registers at once: enough independent sums to hide an addition's latency.
constexpr int kRowsAtOnce = 8 / kBlockVectors;

// Codes that are loaded as one word.
constexpr std::size_t kCodesPerWord = 4;

template <int kVectors>
SPIKEFIT_INLINE void addEntry(const float* tables, unsigned code, Vector* sum) {
  const float* const entry = tables + code * (kBlock / 16);
  SPIKEFIT_UNROLL
  for (int v = 0; v < kVectors; ++v) sum[v] += load(entry + v * kWidth);
}

template <int kRows, int kVectors>
SPIKEFIT_INLINE void addRows(const Lookup& lookup, std::size_t first) {
  Vector sum[kRows][kVectors];
  const Code* codes[kRows];
  float* target[kRows];
  SPIKEFIT_UNROLL
  for (int row = 0; row < kRows; ++row) {
    codes[row] = lookup.codes + lookup.codeOffsets[first + row];
    target[row] = lookup.sums + lookup.sumOffsets[first + row];
    SPIKEFIT_UNROLL
    for (int v = 0; v < kVectors; ++v) sum[row][v] = load(target[row] + v * kWidth);
  }
  const float* tables = lookup.tables;
  std::size_t g = 0;
  for (; g + kCodesPerWord <= lookup.groups; g += kCodesPerWord, tables += kCodesPerWord * kTableFloats) {
    SPIKEFIT_UNROLL
    for (int row = 0; row < kRows; ++row) {
      std::uint32_t word;
      __builtin_memcpy(&word, codes[row] + g, kCodesPerWord);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
      word = __builtin_bswap32(word);
#endif
      SPIKEFIT_UNROLL
      for (std::size_t k = 0; k < kCodesPerWord; ++k) {
        addEntry<kVectors>(tables + k * kTableFloats, word >> 8 * k & 0xff, sum[row]);
      }
    }
  }
  for (; g < lookup.groups; ++g, tables += kTableFloats) {
    SPIKEFIT_UNROLL
    for (int row = 0; row < kRows; ++row) addEntry<kVectors>(tables, codes[row][g], sum[row]);
  }
  SPIKEFIT_UNROLL
  for (int row = 0; row < kRows; ++row) {
    SPIKEFIT_UNROLL
    for (int v = 0; v < kVectors; ++v) store(target[row] + v * kWidth, sum[row][v]);
  }
}

template <int kVectors>
void addAllRows(const Lookup& lookup) {
  std::size_t row = 0;
  for (; row + kRowsAtOnce <= lookup.rows; row += kRowsAtOnce) addRows<kRowsAtOnce, kVectors>(lookup, row);
  for (; row < lookup.rows; ++row) addRows<1, kVectors>(lookup, row);
}

}  // namespace

void buildTable(const float* first, std::size_t rowStride, int rows, int columns, float* table) {
  for (int column = 0; column < kBlock; column += kWidth) {
    Vector sums[16];
    sums[0] = splat(0.0f);
    SPIKEFIT_UNROLL
    for (int bit = 0; bit < 4; ++bit) {
      const Vector row = bit < rows && column < columns
                             ? loadUpTo(first + bit * rowStride + column, columns - column)
                             : splat(0.0f);
      SPIKEFIT_UNROLL
      for (int subset = 0; subset < 1 << bit; ++subset) sums[subset | 1 << bit] = sums[subset] + row;
    }
    SPIKEFIT_UNROLL
    for (int subset = 0; subset < 16; ++subset) store(table + subset * kBlock + column, sums[subset]);
  }
}

void addLookups(const Lookup& lookup) {
  if (lookup.columns <= kWidth) addAllRows<1>(lookup);
  else addAllRows<kBlockVectors>(lookup);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
