// sums[o, i] = Σ_r x[o, r, i], in double: a reduction over one run of neighbouring axes.
#include "../runtime/scratch.h"
#include "../simd/parallel.h"
#include "channel_sums.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

constexpr std::size_t kTaskElements = 32768;

void toFloats(const double* sums, std::size_t count, float* target) {
  for (std::size_t i = 0; i < count; ++i) target[i] = static_cast<float>(sums[i]);
}

}  // namespace

void axisSum(const AxisSumShape& shape, const float* x, float* sums) {
  const std::size_t inner = shape.inner, size = shape.reduced * inner;
  const ChannelShape rows{shape.reduced, static_cast<int>(inner)};
  if (shape.outer == 1) {
    double* const exact = scratchDoubles(Scratch::kShared, inner);
    channelSums(rows, x, nullptr, exact, nullptr);
    toFloats(exact, inner, sums);
    return;
  }
  parallelChunks(shape.outer, larger(1, kTaskElements / larger(1, size)), [&](std::size_t begin, std::size_t end) {
    double* const exact = scratchDoubles(Scratch::kTile, inner);
    for (std::size_t index = begin; index < end; ++index) {
      sumRows(rows, x + index * size, exact);
      toFloats(exact, inner, sums + index * inner);
    }
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
