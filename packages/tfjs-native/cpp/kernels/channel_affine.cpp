// y = x · scale[c] + shift[c]
#include "channel_map.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

void channelAffine(const ChannelShape& shape, const float* x, const float* scale, const float* shift, float* y) {
  mapChannels(shape, {scale, shift, shift}, [&](std::size_t i, int count, Vector factor, Vector offset, Vector) {
    storeUpTo(y + i, loadUpTo(x + i, count) * factor + offset, count);
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
