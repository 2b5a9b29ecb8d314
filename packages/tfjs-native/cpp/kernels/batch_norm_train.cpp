// Batch norm with the statistics of the batch: mean and biased variance per channel over all rows,
//   y = (x − mean) · γ / √(variance + ε) + β
// The sums are in double, where E[x²] − mean² loses nothing that float inputs hold.
#include "channel_map.h"
#include "channel_sums.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

void batchNormTrain(const ChannelShape& shape, double epsilon, const float* x, const float* gamma,
                    const float* beta, float* y, float* mean, float* variance) {
  const std::size_t channels = shape.channels;
  double* const sums = scratchDoubles(Scratch::kShared, 3 * channels);
  double* const squares = sums + channels;
  float* const scale = reinterpret_cast<float*>(sums + 2 * channels);
  channelSums(shape, x, x, sums, squares);
  const double rows = static_cast<double>(shape.rows);
  for (std::size_t c = 0; c < channels; ++c) {
    const double average = sums[c] / rows;
    const double spread = squares[c] / rows - average * average;
    mean[c] = static_cast<float>(average);
    variance[c] = static_cast<float>(spread > 0 ? spread : 0.0);
    scale[c] = static_cast<float>(gamma[c] / __builtin_sqrt(static_cast<double>(variance[c]) + epsilon));
  }
  mapChannels(shape, {mean, scale, beta},
              [&](std::size_t i, int count, Vector average, Vector factor, Vector shift) {
                storeUpTo(y + i, (loadUpTo(x + i, count) - average) * factor + shift, count);
              });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
