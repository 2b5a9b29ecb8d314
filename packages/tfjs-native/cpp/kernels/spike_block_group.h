// A lane group of a spike block: the channels of one line of the cache. Steps and lines of a window lie a multiple of
// 4096 bytes apart in most networks, in one set of the cache, so what is loaded of a line must be used at once.
//
// The loops read their parameters from locals only: stores of vectors may alias anything else.
#pragma once

#include "neuron_step.h"
#include "spike_block_layout.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

constexpr int kGroup = kMaximumWidth;
constexpr int kVectors = kGroup / kWidth;

// One vector per vector of a group, passed by value: what a call is given the address of, every store may change.
struct GroupVector {
  Vector at[kVectors];
};

// The parameters of a group's channels.
struct GroupParameters {
  GroupVector mean, scale, shift, threshold, limit, reset;

  static GroupParameters of(const SpikeBlockParameters& parameters, std::size_t channel,
                            const NeuronShape& shape) {
    GroupParameters group;
    SPIKEFIT_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      group.mean.at[v] = parameters.mean(channel);
      group.scale.at[v] = parameters.scale(channel);
      group.shift.at[v] = parameters.shift(channel);
      group.threshold.at[v] = parameters.threshold(channel);
      group.limit.at[v] = firingLimit(shape.strictlyGreater, group.threshold.at[v]);
      group.reset.at[v] = parameters.reset(channel);
      channel += kWidth;
      while (channel >= static_cast<std::size_t>(shape.channels)) channel -= shape.channels;
    }
    return group;
  }

  Vector normalized(int v, Vector x) const { return (x - mean.at[v]) * scale.at[v] + shift.at[v]; }
};

// visit(step) for all steps; written out where their number is known.
template <int kSteps, typename Visit>
SPIKEFIT_INLINE void forEachStep(int steps, const Visit& visit) {
  if constexpr (kSteps > 0) {
    SPIKEFIT_UNROLL
    for (int t = 0; t < kSteps; ++t) visit(t);
  } else {
    for (int t = 0; t < steps; ++t) visit(t);
  }
}

SPIKEFIT_INLINE void loadGroup(const float* source, int count, Vector* values) {
  if (count == kGroup) {
    SPIKEFIT_UNROLL
    for (int v = 0; v < kVectors; ++v) values[v] = load(source + v * kWidth);
    return;
  }
  SPIKEFIT_UNROLL
  for (int v = 0; v < kVectors; ++v, count -= kWidth) {
    values[v] = count > 0 ? loadUpTo(source + v * kWidth, count) : splat(0.0f);
  }
}

SPIKEFIT_INLINE void storeGroup(float* target, const Vector* values, int count) {
  SPIKEFIT_UNROLL
  for (int v = 0; v < kVectors; ++v, count -= kWidth) {
    if (count > 0) storeUpTo(target + v * kWidth, values[v], count);
  }
}

// Floats from a group's x to that of the next, most of the time.
SPIKEFIT_INLINE std::size_t groupDistance(const SpikeBlockShape& shape) {
  const std::size_t channels = shape.neuron.channels;
  return shape.poolSize == 1 || channels >= 2 * kGroup ? kGroup : shape.poolSize * channels;
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
