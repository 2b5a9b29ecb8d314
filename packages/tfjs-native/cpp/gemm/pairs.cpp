#include "pairs.h"

#include "../simd/parallel.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

void packPairRow(const float* source, std::size_t depth, Pair* target) {
  Bfloat16* const halves = reinterpret_cast<Bfloat16*>(target);
  for (std::size_t k = 0; k < depth; k += kWidth) {
    const int count = static_cast<int>(smaller(kWidth, depth - k));
    storeUpTo(halves + k, loadUpTo(source + k, count), count);
  }
  if (depth % 2 == 1) halves[depth] = 0;
}

namespace {

// A pair row is written no further than its floats were read.
void pairPanel(float* panel, std::size_t depth, std::size_t width) {
  for (std::size_t k = 0; k < depth; k += 2) {
    for (std::size_t c = 0; c < width; c += kWidth) {
      const Bits even = roundedBits(load(panel + k * width + c));
      const Bits odd = k + 1 < depth ? roundedBits(load(panel + (k + 1) * width + c)) : Bits{};
      store(panel + k / 2 * width + c, (Vector)(even | (odd << 16)));
    }
  }
}

}  // namespace

void pairPanels(float* panels, std::size_t matrices, std::size_t depth, std::size_t columns) {
  const std::size_t perMatrix = panelCount(columns);
  parallel(matrices * perMatrix, [&](std::size_t task) {
    pairPanel(panels + task * depth * kPanelWidth, depth, panelWidth(columns, task % perMatrix * kPanelWidth));
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
