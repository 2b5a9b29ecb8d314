// The transforms of Winograd's minimal filtering F(m × m, 3 × 3) (Lavin and Gray, "Fast Algorithms for Convolutional
// Neural Networks", 2016): with d a tile of (m + 2)² inputs and g a filter,
//   y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A
// so that m² outputs take (m + 2)² products instead of 9 m². The two axes may differ in m.
//
// The matrices follow from points at which polynomials are multiplied (Toom and Cook). For m = 2 they are 0, ±1 and ∞:
// every entry of Bᵀ and Aᵀ is 0 or ±1, and the result is as near to the exact one as a patch product's. For m = 4 they
// are 0, ±5/8, ±3/2 and ∞. The root mean square error of random tiles of 64 channels is least there: 8e-7, a third of
// what the usual 0, ±1, ±2, ∞ leave, whose entries reach 8; about 2.5 times that of m = 2. Bᵀ and Aᵀ are exact.
//
// Each function applies one matrix along one axis. Every sum is written out, so its order is the same on every
// instruction set.
#pragma once

#include "../simd/vector.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

template <int kOutput>
struct Winograd;

template <>
struct Winograd<2> {
  static constexpr int kTile = 4;

  // v = Bᵀ d; may be in place.
  SPIKEFIT_INLINE void input(const Vector* d, Vector* v) {
    const Vector d0 = d[0], d1 = d[1], d2 = d[2], d3 = d[3];
    v[0] = d0 - d2;
    v[1] = d1 + d2;
    v[2] = d2 - d1;
    v[3] = d1 - d3;
  }

  // u = G g; element k of either is at [k · step].
  SPIKEFIT_INLINE void filter(const Vector* g, int step, Vector* u) {
    const Vector half = splat(0.5f);
    const Vector g0 = g[0], g1 = g[step], g2 = g[2 * step];
    const Vector ends = (g0 + g2) * half, middle = g1 * half;
    u[0] = g0;
    u[step] = ends + middle;
    u[2 * step] = ends - middle;
    u[3 * step] = g2;
  }

  // y = Aᵀ m; element k of y is at [k · yStep].
  SPIKEFIT_INLINE void output(const Vector* m, Vector* y, int yStep) {
    y[0] = m[0] + (m[1] + m[2]);
    y[yStep] = (m[1] - m[2]) - m[3];
  }
};

template <>
struct Winograd<4> {
  static constexpr int kTile = 6;
  // The points are 0, ±kNear, ±kFar and ∞.
  static constexpr float kNear = 0.625f, kNear2 = kNear * kNear, kNear3 = kNear2 * kNear;
  static constexpr float kFar = 1.5f, kFar2 = kFar * kFar, kFar3 = kFar2 * kFar;

  SPIKEFIT_INLINE void input(const Vector* d, Vector* v) {
    const Vector d0 = d[0], d1 = d[1], d2 = d[2], d3 = d[3], d4 = d[4], d5 = d[5];
    const Vector product = splat(kNear2 * kFar2), sum = splat(-(kNear2 + kFar2));
    const Vector nearEven = multiplyAdd(splat(-kFar2), d2, d4), nearOdd = multiplyAdd(splat(-kFar2), d1, d3);
    const Vector farEven = multiplyAdd(splat(-kNear2), d2, d4), farOdd = multiplyAdd(splat(-kNear2), d1, d3);
    v[0] = multiplyAdd(product, d0, multiplyAdd(sum, d2, d4));
    v[1] = multiplyAdd(splat(kNear), nearOdd, nearEven);
    v[2] = multiplyAdd(splat(-kNear), nearOdd, nearEven);
    v[3] = multiplyAdd(splat(kFar), farOdd, farEven);
    v[4] = multiplyAdd(splat(-kFar), farOdd, farEven);
    v[5] = multiplyAdd(product, d1, multiplyAdd(sum, d3, d5));
  }

  SPIKEFIT_INLINE void filter(const Vector* g, int step, Vector* u) {
    const Vector zero = splat(1.0f / (kNear2 * kFar2));
    const Vector near = splat(0.5f / (kNear2 * (kNear2 - kFar2))), far = splat(0.5f / (kFar2 * (kFar2 - kNear2)));
    const Vector g0 = g[0], g1 = g[step], g2 = g[2 * step];
    const Vector nearEven = multiplyAdd(splat(kNear2), g2, g0), nearOdd = splat(kNear) * g1;
    const Vector farEven = multiplyAdd(splat(kFar2), g2, g0), farOdd = splat(kFar) * g1;
    u[0] = zero * g0;
    u[step] = near * (nearEven + nearOdd);
    u[2 * step] = near * (nearEven - nearOdd);
    u[3 * step] = far * (farEven + farOdd);
    u[4 * step] = far * (farEven - farOdd);
    u[5 * step] = g2;
  }

  SPIKEFIT_INLINE void output(const Vector* m, Vector* y, int yStep) {
    const Vector nearSum = m[1] + m[2], nearDifference = m[1] - m[2];
    const Vector farSum = m[3] + m[4], farDifference = m[3] - m[4];
    y[0] = m[0] + (nearSum + farSum);
    y[yStep] = multiplyAdd(splat(kFar), farDifference, splat(kNear) * nearDifference);
    y[2 * yStep] = multiplyAdd(splat(kFar2), farSum, splat(kNear2) * nearSum);
    y[3 * yStep] = multiplyAdd(splat(kFar3), farDifference, multiplyAdd(splat(kNear3), nearDifference, m[5]));
  }
};

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
