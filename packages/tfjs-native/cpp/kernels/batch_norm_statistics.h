// What batch norm needs of a batch, shared by the kernels that normalise.
#pragma once

#include "../simd/vector.h"
#include "shapes.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// mean[c] and the biased variance[c] over the rows of x. The sums are in double, where E[x²] − mean² loses nothing
// that float inputs hold. Uses the caller's scratch kShared and kPartials.
void batchNormStatistics(const ChannelShape& shape, const float* x, float* mean, float* variance);

// γ / √(variance + ε)
SPIKEFIT_INLINE float batchNormScale(double epsilon, float gamma, float variance) {
  return static_cast<float>(gamma / __builtin_sqrt(static_cast<double>(variance) + epsilon));
}

// From sums[c] = Σ dy and products[c] = Σ dy·x to dγ, dβ and, per channel, the a, b, c of dx = dy·a + (x·b + c):
// the gradient of batch_norm_train_gradient.cpp.
struct BatchNormGradientTerms {
  float *byGradient, *byInput, *constant;  // [channels] each
};
void batchNormGradientTerms(const ChannelShape& shape, double epsilon, const double* sums, const double* products,
                            const float* mean, const float* variance, const float* gamma,
                            const BatchNormGradientTerms& terms, float* dGamma, float* dBeta);

// dx = dy·a + (x·b + c); dx may be dy.
void applyBatchNormGradient(const ChannelShape& shape, const BatchNormGradientTerms& terms, const float* dy,
                            const float* x, float* dx);

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
