// Batch norm with the statistics of the batch: mean and biased variance per channel over all rows,
//   y = (x − mean) · γ / √(variance + ε) + β
#include "batch_norm_statistics.h"
#include "channel_map.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

void batchNormTrain(const ChannelShape& shape, double epsilon, const float* x, const float* gamma,
                    const float* beta, float* y, float* mean, float* variance) {
  batchNormStatistics(shape, x, mean, variance);
  float* const scale = scratchFloats(Scratch::kShared, shape.channels);
  for (int c = 0; c < shape.channels; ++c) scale[c] = batchNormScale(epsilon, gamma[c], variance[c]);
  mapChannels(shape, {mean, scale, beta},
              [&](std::size_t i, int count, Vector average, Vector factor, Vector shift) {
                storeUpTo(y + i, (loadUpTo(x + i, count) - average) * factor + shift, count);
              });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
