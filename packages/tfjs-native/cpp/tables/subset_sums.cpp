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

// Entry s of one vector of columns: the sum of the rows whose bit is set in s.
SPIKEFIT_INLINE void writeSubsets(Vector w0, Vector w1, Vector w2, Vector w3, float* table) {
  const Vector low[4] = {splat(0.0f), w0, w1, w0 + w1};
  SPIKEFIT_UNROLL
  for (int subset = 0; subset < 4; ++subset) {
    const Vector two = low[subset] + w2;
    store(table + subset * kBlock, low[subset]);
    store(table + (subset + 4) * kBlock, two);
    store(table + (subset + 8) * kBlock, low[subset] + w3);
    store(table + (subset + 12) * kBlock, two + w3);
  }
}

}  // namespace

void buildTable(const float* first, std::size_t rowStride, int rows, int columns, float* table) {
  for (int v = 0; v < kBlockVectors; ++v, first += kWidth, table += kWidth, columns -= kWidth) {
    if (rows == 4 && columns >= kWidth) {
      writeSubsets(load(first), load(first + rowStride), load(first + 2 * rowStride), load(first + 3 * rowStride),
                   table);
      continue;
    }
    Vector row[4];
    for (int bit = 0; bit < 4; ++bit) {
      row[bit] = bit < rows && columns > 0 ? loadUpTo(first + bit * rowStride, columns) : splat(0.0f);
    }
    writeSubsets(row[0], row[1], row[2], row[3], table);
  }
}

void addLookups(const Lookup& lookup) {
  if (lookup.columns <= kWidth) addAllRows<1>(lookup);
  else addAllRows<kBlockVectors>(lookup);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
