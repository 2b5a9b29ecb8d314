// Vectors of the width of one instruction set, on the vector extensions of GCC and Clang.
//
// Every kernel source is compiled once per instruction set; SPIKEFIT_ISA names the namespace. Nothing that is
// inline and shared (templates of the standard library above all) may be used in those sources: the linker
// keeps one copy, and it could be the AVX-512 one.
//
// Contraction of a·b + c is off (-ffp-contract=off): products and sums are fused only where multiplyAdd is
// written, so elementwise kernels give the same bits on every instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__AVX2__) || defined(__AVX512F__)
#include <immintrin.h>
#endif

#ifndef SPIKEFIT_ISA
#define SPIKEFIT_ISA baseline
#endif

#define SPIKEFIT_INLINE static inline __attribute__((always_inline))
#define SPIKEFIT_LAMBDA __attribute__((always_inline))  // between a lambda's parameters and its body
#if defined(__clang__)
#define SPIKEFIT_UNROLL _Pragma("clang loop unroll(full)")
#else
#define SPIKEFIT_UNROLL _Pragma("GCC unroll 16")
#endif

namespace spikefit {
namespace SPIKEFIT_ISA {

#if defined(__AVX512F__)
constexpr int kWidth = 16;
#elif defined(__AVX2__)
constexpr int kWidth = 8;
#else
constexpr int kWidth = 4;
#endif
constexpr int kMaximumWidth = 16;

typedef float Vector __attribute__((vector_size(kWidth * 4)));
typedef std::int32_t Mask __attribute__((vector_size(kWidth * 4)));
typedef Vector UnalignedVector __attribute__((aligned(4), may_alias));
typedef float HalfVector __attribute__((vector_size(kWidth * 2)));
typedef HalfVector UnalignedHalfVector __attribute__((aligned(4), may_alias));
typedef double DoubleVector __attribute__((vector_size(kWidth * 4)));  // kWidth / 2 doubles
typedef DoubleVector UnalignedDoubleVector __attribute__((aligned(8), may_alias));
constexpr int kDoubleWidth = kWidth / 2;

SPIKEFIT_INLINE Vector load(const float* source) { return *reinterpret_cast<const UnalignedVector*>(source); }
SPIKEFIT_INLINE void store(float* target, Vector value) { *reinterpret_cast<UnalignedVector*>(target) = value; }

SPIKEFIT_INLINE Vector splat(float value) {
#if defined(__AVX512F__)
  return (Vector)_mm512_set1_ps(value);
#elif defined(__AVX2__)
  return (Vector)_mm256_set1_ps(value);
#else
  return Vector{value, value, value, value};
#endif
}

SPIKEFIT_INLINE Vector multiplyAdd(Vector a, Vector b, Vector c) {
#if defined(__AVX512F__)
  return (Vector)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX2__)
  return (Vector)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
  return a * b + c;
#endif
}

SPIKEFIT_INLINE Vector squareRoot(Vector a) {
#if defined(__AVX512F__)
  return (Vector)_mm512_sqrt_ps((__m512)a);
#elif defined(__AVX2__)
  return (Vector)_mm256_sqrt_ps((__m256)a);
#else
  Vector result;
  for (int lane = 0; lane < kWidth; ++lane) result[lane] = __builtin_sqrtf(a[lane]);
  return result;
#endif
}

// The lanes of a mask are all ones or all zeros.
SPIKEFIT_INLINE Vector select(Mask mask, Vector whenTrue, Vector whenFalse) {
#if defined(__AVX2__) && !defined(__AVX512F__)
  return (Vector)_mm256_blendv_ps((__m256)whenFalse, (__m256)whenTrue, (__m256)mask);
#else
  return (Vector)((mask & (Mask)whenTrue) | (~mask & (Mask)whenFalse));
#endif
}

SPIKEFIT_INLINE Vector absolute(Vector a) { return (Vector)((Mask)a & 0x7fffffff); }

// Lanes past `count` read as 0 and are not written.
SPIKEFIT_INLINE Vector loadPartial(const float* source, int count) {
  Vector result = splat(0.0f);
  for (int lane = 0; lane < count; ++lane) result[lane] = source[lane];
  return result;
}
SPIKEFIT_INLINE void storePartial(float* target, Vector value, int count) {
  for (int lane = 0; lane < count; ++lane) target[lane] = value[lane];
}
SPIKEFIT_INLINE Vector loadUpTo(const float* source, int count) {
  return count >= kWidth ? load(source) : loadPartial(source, count);
}
SPIKEFIT_INLINE void storeUpTo(float* target, Vector value, int count) {
  if (count >= kWidth) store(target, value);
  else storePartial(target, value, count);
}

// Written out: GCC 12 converts the halves of a vector one by one.
SPIKEFIT_INLINE DoubleVector loadAsDouble(const float* source) {
#if defined(__AVX512F__)
  return (DoubleVector)_mm512_cvtps_pd(_mm256_loadu_ps(source));
#elif defined(__AVX2__)
  return (DoubleVector)_mm256_cvtps_pd(_mm_loadu_ps(source));
#else
  return __builtin_convertvector(*reinterpret_cast<const UnalignedHalfVector*>(source), DoubleVector);
#endif
}
SPIKEFIT_INLINE DoubleVector loadDouble(const double* source) {
  return *reinterpret_cast<const UnalignedDoubleVector*>(source);
}
SPIKEFIT_INLINE void storeDouble(double* target, DoubleVector value) {
  *reinterpret_cast<UnalignedDoubleVector*>(target) = value;
}

SPIKEFIT_INLINE std::size_t smaller(std::size_t a, std::size_t b) { return a < b ? a : b; }
SPIKEFIT_INLINE std::size_t larger(std::size_t a, std::size_t b) { return a > b ? a : b; }
SPIKEFIT_INLINE std::size_t divideUp(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

// memcpy and memset for the short runs of a few dozen floats that the kernels move.
SPIKEFIT_INLINE void copyFloats(float* __restrict target, const float* __restrict source, std::size_t count) {
  std::size_t i = 0;
  for (; i + kWidth <= count; i += kWidth) store(target + i, load(source + i));
  for (; i < count; ++i) target[i] = source[i];
}
SPIKEFIT_INLINE void clearFloats(float* target, std::size_t count) {
  std::size_t i = 0;
  for (; i + kWidth <= count; i += kWidth) store(target + i, splat(0.0f));
  for (; i < count; ++i) target[i] = 0.0f;
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
