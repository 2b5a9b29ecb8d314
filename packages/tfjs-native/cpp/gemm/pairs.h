// Operands of a bfloat16 product. The depth goes in pairs, as the instruction VDPBF16PS takes them: one 32-bit word
// holds the elements 2·p (lower half) and 2·p + 1 (upper half); behind an odd depth comes a zero.
#pragma once

#include "bfloat16.h"
#include "panels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

typedef std::uint32_t __attribute__((may_alias)) Pair;

SPIKEFIT_INLINE std::size_t pairCount(std::size_t depth) { return (depth + 1) / 2; }

// Rounds a row of `depth` floats to pairCount(depth) pairs.
void packPairRow(const float* source, std::size_t depth, Pair* target);

// Rounds packed panels in place, in parallel: panel p still starts at p · depth · kPanelWidth words, and now holds
// [pairCount(depth)][width] pairs. `panels` are `matrices` packed matrices one after the other.
void pairPanels(float* panels, std::size_t matrices, std::size_t depth, std::size_t columns);

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
