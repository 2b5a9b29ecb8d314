// Derivatives of the surrogate spike functions at u = h − θ.
//   atan(α)         (α/2) / (1 + (π·α·u/2)²)
//   sigmoid(α)      α·σ(αu)·(1 − σ(αu))
//   fastSigmoid(k)  1 / (k·|u| + 1)²
//   triangle(w)     max(0, 1 − |u|/w) / w
//   rectangle(w)    1/w where |u| < w/2, else 0
#pragma once

#include "../simd/exponential.h"
#include "shapes.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

SPIKEFIT_INLINE Vector surrogateDerivative(Surrogate surrogate, float parameter, Vector u) {
  const Vector one = splat(1.0f), zero = splat(0.0f);
  switch (surrogate) {
    case Surrogate::kAtan: {
      const Vector a = u * splat(1.57079632679489662f * parameter);
      return splat(0.5f * parameter) / (one + a * a);
    }
    case Surrogate::kSigmoid: {
      // σ(1 − σ) = e / (1 + e)² with e = exp(−|αu|) never overflows.
      const Vector e = exponential(zero - absolute(u * splat(parameter)));
      return splat(parameter) * e / ((one + e) * (one + e));
    }
    case Surrogate::kFastSigmoid: {
      const Vector a = splat(parameter) * absolute(u) + one;
      return one / (a * a);
    }
    case Surrogate::kTriangle: {
      const Vector a = one - absolute(u) / splat(parameter);
      return select(a > zero, a, zero) / splat(parameter);
    }
    case Surrogate::kRectangle:
      return select(absolute(u) < splat(0.5f * parameter), splat(1.0f / parameter), zero);
  }
  return zero;
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
