// Gradient of batch_norm_train.cpp. With N rows, σ = √(variance + ε), x̂ = (x − mean)/σ:
//   dβ = Σ dy     dγ = Σ dy·x̂     dx = γ/σ · (dy − dβ/N − x̂·dγ/N)
// (Ioffe and Szegedy 2015). Per channel dx = dy·a + (x·b + c).
#include "channel_map.h"
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
  float* const byGradient = reinterpret_cast<float*>(sums + 2 * channels);
  float* const byInput = reinterpret_cast<float*>(sums + 3 * channels);
  float* const constant = reinterpret_cast<float*>(sums + 4 * channels);
  channelSums(shape, dy, x, sums, products);
  const double rows = static_cast<double>(shape.rows);
  for (std::size_t c = 0; c < channels; ++c) {
    const double inverse = 1.0 / __builtin_sqrt(static_cast<double>(variance[c]) + epsilon);
    const double gradientGamma = (products[c] - mean[c] * sums[c]) * inverse;
    dBeta[c] = static_cast<float>(sums[c]);
    dGamma[c] = static_cast<float>(gradientGamma);
    const double scale = gamma[c] * inverse;
    byGradient[c] = static_cast<float>(scale);
    byInput[c] = static_cast<float>(-scale * inverse * gradientGamma / rows);
    constant[c] = static_cast<float>(-mean[c] * static_cast<double>(byInput[c]) - scale * sums[c] / rows);
  }
  mapChannels(shape, {byGradient, byInput, constant},
              [&](std::size_t i, int count, Vector a, Vector b, Vector shift) {
                const Vector value = loadUpTo(dy + i, count) * a + (loadUpTo(x + i, count) * b + shift);
                storeUpTo(dx + i, value, count);
              });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
