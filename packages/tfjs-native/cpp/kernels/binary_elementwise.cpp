// c = a ∘ b for +, −, ·, /; b has the shape of a or is repeated over the leading axes of a.
#include "../simd/parallel.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

constexpr std::size_t kChunk = 32768;

template <BinaryOperation kOperation, bool kSwap>
SPIKEFIT_INLINE Vector apply(Vector a, Vector b) {
  if (kOperation == BinaryOperation::kAdd) return a + b;
  if (kOperation == BinaryOperation::kMultiply) return a * b;
  if (kOperation == BinaryOperation::kDivide) return kSwap ? b / a : a / b;
  return kSwap ? b - a : a - b;
}

template <BinaryOperation kOperation, bool kSwap>
void applyRange(const float* a, const float* b, float* c, std::size_t count) {
  std::size_t i = 0;
  for (; i + kWidth <= count; i += kWidth) store(c + i, apply<kOperation, kSwap>(load(a + i), load(b + i)));
  const int rest = static_cast<int>(count - i);
  storePartial(c + i, apply<kOperation, kSwap>(loadPartial(a + i, rest), loadPartial(b + i, rest)), rest);
}

template <BinaryOperation kOperation, bool kSwap>
void applyScalar(const float* a, float b, float* c, std::size_t count) {
  const Vector value = splat(b);
  for (std::size_t i = 0; i < count; i += kWidth) {
    const int lanes = static_cast<int>(smaller(kWidth, count - i));
    storeUpTo(c + i, apply<kOperation, kSwap>(loadUpTo(a + i, lanes), value), lanes);
  }
}

template <BinaryOperation kOperation, bool kSwap>
void run(const BinaryShape& shape, const float* a, const float* b, float* c) {
  if (!shape.repeatB || shape.inner == 1) {
    parallelChunks(shape.outer * shape.inner, kChunk, [&](std::size_t begin, std::size_t end) {
      if (shape.repeatB) applyScalar<kOperation, kSwap>(a + begin, b[0], c + begin, end - begin);
      else applyRange<kOperation, kSwap>(a + begin, b + begin, c + begin, end - begin);
    });
    return;
  }
  parallelChunks(shape.outer, larger(1, kChunk / shape.inner), [&](std::size_t begin, std::size_t end) {
    for (std::size_t row = begin; row < end; ++row) {
      applyRange<kOperation, kSwap>(a + row * shape.inner, b, c + row * shape.inner, shape.inner);
    }
  });
}

}  // namespace

void binaryElementwise(const BinaryShape& shape, const float* a, const float* b, float* c) {
  switch (shape.operation) {
    case BinaryOperation::kAdd: run<BinaryOperation::kAdd, false>(shape, a, b, c); break;
    case BinaryOperation::kMultiply: run<BinaryOperation::kMultiply, false>(shape, a, b, c); break;
    case BinaryOperation::kSubtract:
      if (shape.swap) run<BinaryOperation::kSubtract, true>(shape, a, b, c);
      else run<BinaryOperation::kSubtract, false>(shape, a, b, c);
      break;
    case BinaryOperation::kDivide:
      if (shape.swap) run<BinaryOperation::kDivide, true>(shape, a, b, c);
      else run<BinaryOperation::kDivide, false>(shape, a, b, c);
      break;
  }
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
