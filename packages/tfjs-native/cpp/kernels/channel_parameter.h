// A parameter of shape [1] or [channels], read as vectors while the channel index runs round.
#pragma once

#include "../simd/vector.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// Elements behind the last whole period: a vector may start at any channel.
SPIKEFIT_INLINE std::size_t expandedSize(int size) { return static_cast<std::size_t>(size) + kMaximumWidth; }

// expanded[i] = values[i mod size], so that load(expanded + c) gives channels c, c + 1, … round the end.
SPIKEFIT_INLINE void expandParameter(const float* values, int size, float* expanded) {
  for (std::size_t i = 0, c = 0; i < expandedSize(size); ++i) {
    expanded[i] = values[c];
    if (++c == static_cast<std::size_t>(size)) c = 0;
  }
}

struct ChannelCursor {
  const float* expanded;
  std::size_t size, step, channel;

  ChannelCursor(const float* expandedValues, int count, std::size_t element)
      : expanded(expandedValues), size(count), step(kWidth % count), channel(element % count) {}

  Vector vector() const { return load(expanded + channel); }
  void advance() {
    channel += step;
    if (channel >= size) channel -= size;
  }
};

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
