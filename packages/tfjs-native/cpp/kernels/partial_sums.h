// Sums of which every chunk of the work made its own copy.
#pragma once

#include "../simd/parallel.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// sums[size] = Σ over the `count` copies [count][size], in order.
SPIKEFIT_INLINE void addPartialSums(const float* partials, std::size_t count, std::size_t size, float* sums) {
  parallelChunks(size, 8192, [&](std::size_t begin, std::size_t end) {
    copyFloats(sums + begin, partials + begin, end - begin);
    for (std::size_t copy = 1; copy < count; ++copy) {
      const float* const partial = partials + copy * size;
      for (std::size_t i = begin; i < end; ++i) sums[i] += partial[i];
    }
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
