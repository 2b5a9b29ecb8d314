#include "integer_sums.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

constexpr int kRowsAtOnce = kIntegerVectors >= 4 ? 2 : 8 / kIntegerVectors;
constexpr std::size_t kCodesPerWord = 4;

SPIKEFIT_INLINE ShortVector loadShorts(const std::int16_t* source) {
  return *reinterpret_cast<const UnalignedShortVector*>(source);
}
SPIKEFIT_INLINE void storeShorts(std::int16_t* target, ShortVector value) {
  *reinterpret_cast<UnalignedShortVector*>(target) = value;
}

template <int kVectors>
SPIKEFIT_INLINE void addEntry(const std::int16_t* tables, unsigned code, ShortVector* sum) {
  const std::int16_t* const entry = tables + code * (kIntegerBlock / 16);
  SPIKEFIT_UNROLL
  for (int v = 0; v < kVectors; ++v) sum[v] += loadShorts(entry + v * kShorts);
}

// target += sum, in 32 bits.
SPIKEFIT_INLINE void widen(ShortVector sum, std::int32_t* target) {
  typedef std::int16_t HalfShorts __attribute__((vector_size(kWidth * 2)));
  typedef Mask UnalignedMask __attribute__((aligned(4), may_alias));
  HalfShorts halves[2];
  __builtin_memcpy(halves, &sum, sizeof sum);
  SPIKEFIT_UNROLL
  for (int half = 0; half < 2; ++half) {
    UnalignedMask* const place = reinterpret_cast<UnalignedMask*>(target + half * kWidth);
    *place = *place + __builtin_convertvector(halves[half], Mask);
  }
}

template <int kRows, int kVectors>
SPIKEFIT_INLINE void addRows(const IntegerLookup& lookup, std::size_t first) {
  ShortVector sum[kRows][kVectors] = {};
  const Code* codes[kRows];
  SPIKEFIT_UNROLL
  for (int row = 0; row < kRows; ++row) codes[row] = lookup.codes + lookup.codeOffsets[first + row];
  const std::int16_t* tables = lookup.tables;
  std::size_t g = 0;
  for (; g + kCodesPerWord <= lookup.groups; g += kCodesPerWord, tables += kCodesPerWord * kTableShorts) {
    SPIKEFIT_UNROLL
    for (int row = 0; row < kRows; ++row) {
      std::uint32_t word;
      __builtin_memcpy(&word, codes[row] + g, kCodesPerWord);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
      word = __builtin_bswap32(word);
#endif
      SPIKEFIT_UNROLL
      for (std::size_t k = 0; k < kCodesPerWord; ++k) {
        addEntry<kVectors>(tables + k * kTableShorts, word >> 8 * k & 0xff, sum[row]);
      }
    }
  }
  for (; g < lookup.groups; ++g, tables += kTableShorts) {
    SPIKEFIT_UNROLL
    for (int row = 0; row < kRows; ++row) addEntry<kVectors>(tables, codes[row][g], sum[row]);
  }
  SPIKEFIT_UNROLL
  for (int row = 0; row < kRows; ++row) {
    std::int32_t* const target = lookup.sums + lookup.sumOffsets[first + row];
    SPIKEFIT_UNROLL
    for (int v = 0; v < kVectors; ++v) widen(sum[row][v], target + v * kShorts);
  }
}

template <int kVectors>
void addAllRows(const IntegerLookup& lookup) {
  std::size_t row = 0;
  for (; row + kRowsAtOnce <= lookup.rows; row += kRowsAtOnce) addRows<kRowsAtOnce, kVectors>(lookup, row);
  for (; row < lookup.rows; ++row) addRows<1, kVectors>(lookup, row);
}

// round(source · inverse) for a row of the block.
void toIntegers(const float* source, int columns, const float* inverse, std::int16_t* target) {
  typedef std::int16_t HalfShorts __attribute__((vector_size(kWidth * 2)));
  const Vector magic = splat(12582912.0f);  // 1.5 · 2^23: adding it rounds to the nearest integer
  for (int i = 0; i < kIntegerBlock; i += kWidth) {
    const int left = columns - i;
    const Vector value = left > 0 ? loadUpTo(source + i, left) : splat(0.0f);
    const Vector rounded = (value * load(inverse + i) + magic) - magic;
    const HalfShorts integers = __builtin_convertvector(__builtin_convertvector(rounded, Mask), HalfShorts);
    __builtin_memcpy(target + i, &integers, sizeof integers);
  }
}

}  // namespace

void buildIntegerTable(const float* first, std::size_t rowStride, int rows, int columns, const float* inverse,
                       std::int16_t* table) {
  alignas(64) std::int16_t row[4][kIntegerBlock] = {};
  for (int bit = 0; bit < rows; ++bit) toIntegers(first + bit * rowStride, columns, inverse, row[bit]);
  SPIKEFIT_UNROLL
  for (int v = 0; v < kIntegerVectors; ++v, table += kShorts) {
    const ShortVector w0 = loadShorts(row[0] + v * kShorts), w1 = loadShorts(row[1] + v * kShorts);
    const ShortVector w2 = loadShorts(row[2] + v * kShorts), w3 = loadShorts(row[3] + v * kShorts);
    const ShortVector low[4] = {ShortVector{}, w0, w1, w0 + w1};
    SPIKEFIT_UNROLL
    for (int subset = 0; subset < 4; ++subset) {
      const ShortVector two = low[subset] + w2;
      storeShorts(table + subset * kIntegerBlock, low[subset]);
      storeShorts(table + (subset + 4) * kIntegerBlock, two);
      storeShorts(table + (subset + 8) * kIntegerBlock, low[subset] + w3);
      storeShorts(table + (subset + 12) * kIntegerBlock, two + w3);
    }
  }
}

void addIntegerLookups(const IntegerLookup& lookup) {
  if (kIntegerVectors > 1 && lookup.columns <= kShorts) addAllRows<1>(lookup);
  else addAllRows<kIntegerVectors>(lookup);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
