// Products with spikes of which few are 1, by lists (tables/listed_sums.h). Same arguments as the kernels without
// `sparse`, which choose them by the density of what they are given; measured in docs/performance.md.
#pragma once

#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// Below this density lists are faster than tables. It depends on the spikes alone, so the bits do too.
constexpr double kSparseForward = 0.15;
constexpr double kSparseFilterGradient = 0.18;

// Image and batch are not empty. `spikes`: the number of all.
void sparseConvolutionForward(const ConvolutionShape& shape, const std::uint8_t* bits, std::size_t spikes,
                              const float* filter, const float* biasOrNull, float* y);

// Whether there are lists for this shape: strides of 1, and images that fit into the cache.
bool hasSparseFilterGradient(const ConvolutionShape& shape);
void sparseConvolutionFilterGradient(const ConvolutionShape& shape, const std::uint8_t* bits, const float* dy,
                                     float* dFilter);

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
