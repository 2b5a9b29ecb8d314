// The transforms of Winograd's minimal filtering F(2 × 2, 3 × 3) (Lavin and Gray, "Fast Algorithms for
// Convolutional Neural Networks", 2016): with d a tile of 4 × 4 inputs and g a filter,
//   y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A
// so that 2 × 2 outputs take 16 products instead of 36. Every entry of Bᵀ and Aᵀ is 0 or ±1 and the sums over
// channels are 9 times shorter than a patch product's, so the result is at least as near to the exact one. (The
// next larger F(4 × 4, 3 × 3) is not: its entries reach 8, and its error about ten times that of the patch product.)
//
// Each function applies one matrix along one axis. Every sum is written out, so its order is the same on every
// instruction set.
#pragma once

#include "../simd/vector.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

constexpr int kWinogradOutput = 2;
constexpr int kWinogradTile = 4;

// v = Bᵀ d; may be in place.
SPIKEFIT_INLINE void winogradInput(const Vector* d, Vector* v) {
  const Vector d0 = d[0], d1 = d[1], d2 = d[2], d3 = d[3];
  v[0] = d0 - d2;
  v[1] = d1 + d2;
  v[2] = d2 - d1;
  v[3] = d1 - d3;
}

// u = G g; element k is at [k · step].
SPIKEFIT_INLINE void winogradFilter(const Vector* g, int step, Vector* u) {
  const Vector half = splat(0.5f);
  const Vector g0 = g[0], g1 = g[step], g2 = g[2 * step];
  const Vector ends = (g0 + g2) * half, middle = g1 * half;
  u[0] = g0;
  u[step] = ends + middle;
  u[2 * step] = ends - middle;
  u[3 * step] = g2;
}

// y = Aᵀ m; element k of y is at [k · yStep].
SPIKEFIT_INLINE void winogradOutput(const Vector* m, Vector* y, int yStep) {
  y[0] = m[0] + (m[1] + m[2]);
  y[yStep] = (m[1] - m[2]) - m[3];
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
