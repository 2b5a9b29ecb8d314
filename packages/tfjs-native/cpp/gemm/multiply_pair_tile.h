// The inner product of bfloat16 operands: products are exact in float32, sums are float32.
#pragma once

#include "multiply_tile.h"
#include "pairs.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

struct PairTileProduct {
  const Pair* left;        // [rows][pairs]
  std::size_t leftStride;  // in pairs
  std::size_t rows, depth;
  const Pair* panels;      // see pairPanels
  std::size_t columns;     // of the whole packed matrix
  std::size_t firstPanel, endPanel;
  float* result;           // element (row, column) at result[row · resultStride + column]
  std::size_t resultStride;
};

// result = left · panels. Every element is summed over the pairs in ascending order, the odd element of a pair
// before the even one, subnormal numbers taken as zero: what VDPBF16PS does, and the same bits where the CPU lacks
// it. (Off x86 subnormal numbers stay.)
void multiplyPairTile(const PairTileProduct& product);

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
