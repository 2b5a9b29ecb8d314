#include "batch_norm_statistics.h"

#include "channel_map.h"
#include "channel_sums.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

void batchNormStatistics(const ChannelShape& shape, const float* x, float* mean, float* variance) {
  const std::size_t channels = shape.channels;
  double* const sums = scratchDoubles(Scratch::kShared, 2 * channels);
  double* const squares = sums + channels;
  channelSums(shape, x, x, sums, squares);
  const double rows = static_cast<double>(shape.rows);
  for (std::size_t c = 0; c < channels; ++c) {
    const double average = sums[c] / rows;
    const double spread = squares[c] / rows - average * average;
    mean[c] = static_cast<float>(average);
    variance[c] = static_cast<float>(spread > 0 ? spread : 0.0);
  }
}

void batchNormGradientTerms(const ChannelShape& shape, double epsilon, const double* sums, const double* products,
                            const float* mean, const float* variance, const float* gamma,
                            const BatchNormGradientTerms& terms, float* dGamma, float* dBeta) {
  const double rows = static_cast<double>(shape.rows);
  for (int c = 0; c < shape.channels; ++c) {
    const double inverse = 1.0 / __builtin_sqrt(static_cast<double>(variance[c]) + epsilon);
    const double gradientGamma = (products[c] - mean[c] * sums[c]) * inverse;
    dBeta[c] = static_cast<float>(sums[c]);
    dGamma[c] = static_cast<float>(gradientGamma);
    const double scale = gamma[c] * inverse;
    terms.byGradient[c] = static_cast<float>(scale);
    terms.byInput[c] = static_cast<float>(-scale * inverse * gradientGamma / rows);
    terms.constant[c] = static_cast<float>(-mean[c] * static_cast<double>(terms.byInput[c]) - scale * sums[c] / rows);
  }
}

void applyBatchNormGradient(const ChannelShape& shape, const BatchNormGradientTerms& terms, const float* dy,
                            const float* x, float* dx) {
  mapChannels(shape, {terms.byGradient, terms.byInput, terms.constant},
              [&](std::size_t i, int count, Vector a, Vector b, Vector shift) {
                const Vector value = loadUpTo(dy + i, count) * a + (loadUpTo(x + i, count) * b + shift);
                storeUpTo(dx + i, value, count);
              });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
