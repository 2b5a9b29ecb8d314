// The one register-blocked inner product that convolutions and matrix products share.
#pragma once

#include "panels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// Rows of the left-hand side that one pass of the inner loop keeps in registers.
#if defined(__AVX512F__)
constexpr int kRowBlock = 12;  // 12 × 2 of 32 registers
#elif defined(__AVX2__)
constexpr int kRowBlock = 6;  // 6 × 2 of 16 registers, 2 for the panel, 1 for the broadcast
#else
constexpr int kRowBlock = 4;  // no fused product: one more register is needed for it
#endif

// Depth of one pass: kDepthBlock rows of a panel stay in the first-level cache.
constexpr std::size_t kDepthBlock = 384;

enum class Start { kZero, kBias, kAccumulate };

// How the left-hand side lies in memory: element (row, k) is at data[row · stride + k] for kRows, and at
// data[k · stride + row] for kColumns.
enum class Layout { kRows, kColumns };

struct TileProduct {
  const float* left;
  std::size_t leftStride;
  Layout layout;
  std::size_t rows, depth;
  const float* panels;   // packed [depth × columns], see panels.h
  std::size_t columns;   // of the whole packed matrix
  std::size_t firstPanel, endPanel;
  float* result;         // element (row, column) at result[row · resultStride + column]
  std::size_t resultStride;
  Start start;
  const float* bias;     // [columns] when start is kBias
};

// result = or += left · panels. Every element is summed over k in ascending order, one fused product at a
// time, whatever the blocking: its bits depend on its inputs alone.
void multiplyTile(const TileProduct& product);

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
