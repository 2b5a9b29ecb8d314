// Gradient of channel_affine.cpp: dx = dy · scale[c], dScale[c] = Σ dy·x, dShift[c] = Σ dy.
#include "channel_map.h"
#include "channel_sums.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

void channelAffineGradient(const ChannelShape& shape, const float* dy, const float* x, const float* scale,
                           float* dx, float* dScale, float* dShift) {
  double* const sums = scratchDoubles(Scratch::kShared, 2 * static_cast<std::size_t>(shape.channels));
  double* const products = sums + shape.channels;
  channelSums(shape, dy, x, sums, products);
  for (int c = 0; c < shape.channels; ++c) {
    dShift[c] = static_cast<float>(sums[c]);
    dScale[c] = static_cast<float>(products[c]);
  }
  mapChannels(shape, {scale, scale, scale}, [&](std::size_t i, int count, Vector factor, Vector, Vector) {
    storeUpTo(dx + i, loadUpTo(dy + i, count) * factor, count);
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
