#include "multiply_pair_tile.h"

#include "tile_sums.h"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

// Two more registers per panel vector than a float32 product needs, for the halves of the pairs.
#if defined(__AVX512F__)
constexpr int kPairRows = 12;
#else
constexpr int kPairRows = 4;
#endif
constexpr std::size_t kPairBlock = kDepthBlock;  // pairs: as many bytes of a panel as a float32 product takes

#if defined(__SSE2__)
// Subnormal operands and results are zero while it lives.
class FlushSubnormals {
 public:
  FlushSubnormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040u); }
  ~FlushSubnormals() { _mm_setcsr(before_); }
  FlushSubnormals(const FlushSubnormals&) = delete;
  FlushSubnormals& operator=(const FlushSubnormals&) = delete;

 private:
  unsigned before_;
};
#else
struct FlushSubnormals {
  FlushSubnormals() {}
};
#endif

struct Block {
  const Pair* left;
  std::size_t leftStride;
  const Pair* panel;
  std::size_t pairs;
  float* result;
  std::size_t resultStride;
  int columns;  // valid columns of the panel
  bool accumulate;
};

SPIKEFIT_INLINE Bits loadPairs(const Pair* source) { return *reinterpret_cast<const UnalignedBits*>(source); }
SPIKEFIT_INLINE Bits splatPair(const Pair* source) {
  float value;
  __builtin_memcpy(&value, source, sizeof value);
  return (Bits)splat(value);
}
SPIKEFIT_INLINE Vector evens(Bits pairs) { return (Vector)(pairs << 16); }
SPIKEFIT_INLINE Vector odds(Bits pairs) { return (Vector)(pairs & 0xffff0000u); }

template <int kRows, int kVectors>
SPIKEFIT_INLINE void startOf(const Block& block, Vector (&sum)[kRows][kVectors]) {
  if (block.accumulate) {
    loadSums(block.result, block.resultStride, block.columns, sum);
    return;
  }
  Vector zeros[kVectors];
  SPIKEFIT_UNROLL
  for (int v = 0; v < kVectors; ++v) zeros[v] = splat(0.0f);
  startSums(zeros, sum);
}

struct Portable {
  template <int kRows, int kVectors>
  static void multiply(const Block& block) {
    Vector sum[kRows][kVectors];
    startOf(block, sum);
    const Pair* panel = block.panel;
    for (std::size_t p = 0; p < block.pairs; ++p) {
      Vector even[kVectors], odd[kVectors];
      SPIKEFIT_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        const Bits right = loadPairs(panel + v * kWidth);
        even[v] = evens(right);
        odd[v] = odds(right);
      }
      SPIKEFIT_UNROLL
      for (int row = 0; row < kRows; ++row) {
        const Bits left = splatPair(block.left + row * block.leftStride + p);
        SPIKEFIT_UNROLL
        for (int v = 0; v < kVectors; ++v) sum[row][v] = multiplyAdd(odds(left), odd[v], sum[row][v]);
        SPIKEFIT_UNROLL
        for (int v = 0; v < kVectors; ++v) sum[row][v] = multiplyAdd(evens(left), even[v], sum[row][v]);
      }
      panel += kVectors * kWidth;
    }
    storeSums(block.result, block.resultStride, block.columns, sum);
  }
};

#if defined(__AVX512F__)
struct Hardware {
  template <int kRows, int kVectors>
  __attribute__((target("avx512bf16"))) static void multiply(const Block& block) {
    Vector sum[kRows][kVectors];
    startOf(block, sum);
    const Pair* panel = block.panel;
    for (std::size_t p = 0; p < block.pairs; ++p) {
      Bits right[kVectors];
      SPIKEFIT_UNROLL
      for (int v = 0; v < kVectors; ++v) right[v] = loadPairs(panel + v * kWidth);
      SPIKEFIT_UNROLL
      for (int row = 0; row < kRows; ++row) {
        const Bits left = splatPair(block.left + row * block.leftStride + p);
        SPIKEFIT_UNROLL
        for (int v = 0; v < kVectors; ++v) {
          sum[row][v] = (Vector)_mm512_dpbf16_ps((__m512)sum[row][v], (__m512bh)left, (__m512bh)right[v]);
        }
      }
      panel += kVectors * kWidth;
    }
    storeSums(block.result, block.resultStride, block.columns, sum);
  }
};
#endif

template <typename Way, int kRows>
SPIKEFIT_INLINE void multiplyRows(const Block& block, bool wide, std::size_t& row, std::size_t rows) {
  for (; row + kRows <= rows; row += kRows) {
    Block part = block;
    part.left += row * block.leftStride;
    part.result += row * block.resultStride;
    if (wide) Way::template multiply<kRows, kPanelVectors>(part);
    else Way::template multiply<kRows, 1>(part);
  }
}

template <typename Way>
void multiplyPanels(const PairTileProduct& product) {
  const std::size_t pairs = pairCount(product.depth);
  for (std::size_t p = 0; p < pairs || p == 0; p += kPairBlock) {
    for (std::size_t index = product.firstPanel; index < product.endPanel; ++index) {
      const std::size_t first = index * kPanelWidth;
      const std::size_t width = panelWidth(product.columns, first);
      Block block;
      block.left = product.left + p;
      block.leftStride = product.leftStride;
      block.panel = product.panels + index * product.depth * kPanelWidth + p * width;
      block.pairs = smaller(kPairBlock, pairs - p);
      block.result = product.result + first;
      block.resultStride = product.resultStride;
      block.columns = static_cast<int>(smaller(width, product.columns - first));
      block.accumulate = p > 0;
      const bool wide = width == static_cast<std::size_t>(kPanelWidth);
      std::size_t row = 0;
      multiplyRows<Way, kPairRows>(block, wide, row, product.rows);
      multiplyRows<Way, 1>(block, wide, row, product.rows);
    }
  }
}

}  // namespace

void multiplyPairTile(const PairTileProduct& product) {
  const FlushSubnormals flush;
#if defined(__AVX512F__)
  if (__builtin_cpu_supports("avx512bf16")) {
    multiplyPanels<Hardware>(product);
    return;
  }
#endif
  multiplyPanels<Portable>(product);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
