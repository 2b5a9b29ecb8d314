// e^x for a vector, relative error below 2e-7: Cephes' expf (range reduction by ln 2 in two parts, degree-6
// polynomial). Written out so that it gives the same bits on every instruction set.
#pragma once

#include "vector.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

SPIKEFIT_INLINE Vector exponential(Vector x) {
  const Vector low = splat(-87.0f), high = splat(88.0f);
  x = select(x < low, low, x);
  x = select(x > high, high, x);
  const Vector magic = splat(12582912.0f);  // 1.5 · 2^23: adding it rounds to the nearest integer
  const Vector n = (x * splat(1.44269504088896341f) + magic) - magic;
  const Vector r = (x - n * splat(0.693359375f)) - n * splat(-2.12194440e-4f);
  Vector p = splat(1.9875691500e-4f);
  p = p * r + splat(1.3981999507e-3f);
  p = p * r + splat(8.3334519073e-3f);
  p = p * r + splat(4.1665795894e-2f);
  p = p * r + splat(1.6666665459e-1f);
  p = p * r + splat(5.0000001201e-1f);
  const Vector mantissa = (p * (r * r) + r) + splat(1.0f);
  const Mask exponent = (__builtin_convertvector(n, Mask) + 127) << 23;
  return mantissa * (Vector)exponent;
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
