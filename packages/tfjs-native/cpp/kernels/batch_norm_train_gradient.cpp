// Gradient of batch_norm_train.cpp. With N rows, σ = √(variance + ε), x̂ = (x − mean)/σ:
//   dβ = Σ dy     dγ = Σ dy·x̂     dx = γ/σ · (dy − dβ/N − x̂·dγ/N)
// (Ioffe and Szegedy 2015). Per channel dx = dy·a + (x·b + c).
#include "../runtime/scratch.h"
#include "batch_norm_statistics.h"
#include "channel_sums.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

void batchNormTrainGradient(const ChannelShape& shape, double epsilon, const float* dy, const float* x,
                            const float* mean, const float* variance, const float* gamma, float* dx,
                            float* dGamma, float* dBeta) {
  const std::size_t channels = shape.channels;
  double* const sums = scratchDoubles(Scratch::kShared, 5 * channels);
  double* const products = sums + channels;
  float* const space = reinterpret_cast<float*>(sums + 2 * channels);
  const BatchNormGradientTerms terms{space, space + 2 * channels, space + 4 * channels};
  channelSums(shape, dy, x, sums, products);
  batchNormGradientTerms(shape, epsilon, sums, products, mean, variance, gamma, terms, dGamma, dBeta);
  applyBatchNormGradient(shape, terms, dy, x, dx);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
