// One lane group of a spike block backwards: spike_block_backward.cpp says what is computed.
//
// The positions of a window follow one another, so that the traces of two of them are all that is kept: what the
// positions before have not taken of dy, each takes where it spikes, and the first gets what is left at the end.
#pragma once

#include "spike_block_group.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// What all groups of a task share.
struct SpikeBlockGradient {
  SpikeBlockShape shape;
  SurrogateShape surrogate;
  bool decayGradient;
  SpikeBlockParameters parameters;
  const float* dy;
  const float* x;
  float decay;
  float* dx;
  std::size_t ahead;  // floats from a group's x to that of the next
};

// Sums of one task.
struct SpikeBlockSums {
  double *gradients, *products;  // [channels], Σ g and Σ g·x; unread without a normalisation
  DoubleVector decay[2];
};

// What the neurons of a group at one position are replayed to: [timeSteps × kGroup] each of x, of the membranes after
// charging, of σ', and of the gradients by the spikes (then g).
struct Trace {
  float *input, *charged, *slope, *gradient;

  Trace(float* space, std::size_t size)
      : input(space), charged(space + size), slope(space + 2 * size), gradient(space + 3 * size) {}
};

// Floats of scratch that a task needs for its groups.
SPIKEFIT_INLINE std::size_t groupSpace(const SpikeBlockShape& shape) {
  return 9 * static_cast<std::size_t>(shape.neuron.timeSteps) * kGroup;
}

// More steps and lines are under way than the processor follows by itself: asks for the x of the group after the next,
// and for the dx that this one will write. A hint: past the end it does nothing.
SPIKEFIT_INLINE void prefetch(const SpikeBlockGradient& data, std::size_t offset) {
  __builtin_prefetch(data.x + offset + 2 * data.ahead);
  __builtin_prefetch(data.dx + offset, 1);
}

// Runs a position forwards. Its spikes take what they are to get from `left`.
template <Neuron kNeuron, bool kHard, bool kDelay, int kSteps>
SPIKEFIT_INLINE void replay(const SpikeBlockGradient& data, const GroupParameters& group, std::size_t input,
                            int count, const Trace& trace, float* left) {
  const NeuronShape& shape = data.shape.neuron;
  const Vector decay = splat(data.decay);
  Membrane state[kVectors];
  Vector x[kVectors], y[kVectors];
  SPIKEFIT_UNROLL
  for (int v = 0; v < kVectors; ++v) state[v] = Membrane{group.reset.at[v], Mask{}};
  forEachStep<kSteps>(shape.timeSteps, [&](int t) SPIKEFIT_LAMBDA {
    if (t == 0 || !shape.repeat) {
      const std::size_t offset = t * shape.perStep + input;
      loadGroup(data.x + offset, count, x);
      prefetch(data, offset);
      SPIKEFIT_UNROLL
      for (int v = 0; v < kVectors; ++v) {
        y[v] = group.normalized(v, x[v]);
        store(trace.input + t * kGroup + v * kWidth, x[v]);
      }
    }
    SPIKEFIT_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      const std::size_t at = t * kGroup + v * kWidth;
      const Vector h = stepForward<kNeuron, kHard, kDelay>(state[v], y[v], decay, group.threshold.at[v], group.reset.at[v],
                                                           group.limit.at[v]);
      store(trace.charged + at, h);
      const Mask dy = (Mask)load(left + at);
      store(trace.gradient + at, (Vector)(dy & state[v].fired));
      store(left + at, (Vector)(dy & ~state[v].fired));
    }
  });
}

template <Surrogate kSurrogate, int kSteps>
SPIKEFIT_INLINE void slopesOf(float parameter, int steps, const GroupVector& threshold, const Trace& trace) {
  forEachStep<kSteps>(steps, [&](int t) SPIKEFIT_LAMBDA {
    SPIKEFIT_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      const std::size_t at = t * kGroup + v * kWidth;
      const Vector u = load(trace.charged + at) - threshold.at[v];
      store(trace.slope + at, surrogateDerivative(kSurrogate, parameter, u));
    }
  });
}

// The surrogates but atan share one function among all kinds of neurons.
template <int kSteps>
__attribute__((noinline)) static void otherSlopes(SurrogateShape surrogate, int steps, GroupVector threshold,
                                                  Trace trace) {
  const float parameter = surrogate.parameter;
  switch (surrogate.surrogate) {
    case Surrogate::kAtan: return;
    case Surrogate::kSigmoid: return slopesOf<Surrogate::kSigmoid, 0>(parameter, steps, threshold, trace);
    case Surrogate::kFastSigmoid:
      return slopesOf<Surrogate::kFastSigmoid, kSteps>(parameter, steps, threshold, trace);
    case Surrogate::kTriangle: return slopesOf<Surrogate::kTriangle, kSteps>(parameter, steps, threshold, trace);
    case Surrogate::kRectangle: return slopesOf<Surrogate::kRectangle, kSteps>(parameter, steps, threshold, trace);
  }
}

template <int kSteps>
SPIKEFIT_INLINE void slopes(const SurrogateShape& surrogate, int steps, const GroupVector& threshold,
                            const Trace& trace) {
  if (surrogate.surrogate == Surrogate::kAtan) {
    slopesOf<Surrogate::kAtan, kSteps>(surrogate.parameter, steps, threshold, trace);
  } else {
    otherSlopes<kSteps>(surrogate, steps, threshold, trace);
  }
}

// From the gradients by the spikes to g, in their place in the trace: at every step, or only the first if x repeats.
template <Neuron kNeuron, bool kHard, bool kDelay, int kSteps>
SPIKEFIT_INLINE void propagate(const SpikeBlockGradient& data, bool detachReset, const GroupParameters& group,
                               const Trace& trace, SpikeBlockSums& sums) {
  const NeuronShape& shape = data.shape.neuron;
  const int last = shape.timeSteps - 1;
  const Vector zero = splat(0.0f);
  const bool decayGradient = kNeuron != Neuron::kIntegrateAndFire && data.decayGradient;
  BackwardState state[kVectors];
  Vector summed[kVectors], h[kVectors];
  SPIKEFIT_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    state[v] = BackwardState{zero, zero};
    summed[v] = zero;
    h[v] = load(trace.charged + last * kGroup + v * kWidth);
  }
  forEachStep<kSteps>(shape.timeSteps, [&](int back) SPIKEFIT_LAMBDA {
    const int t = last - back;
    SPIKEFIT_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      const BackwardConstants constants = BackwardConstants::of<kNeuron>(
          detachReset, data.decay, group.threshold.at[v], group.limit.at[v], group.reset.at[v]);
      const std::size_t at = t * kGroup + v * kWidth;
      StepMembranes membranes{h[v], group.reset.at[v], Mask{}};
      if (t > 0) {
        membranes.previousH = load(trace.charged + at - kGroup);
        membranes.previousFired = firedAt(membranes.previousH, group.limit.at[v]);
      }
      const auto input = [&] {
        return group.normalized(v, load(trace.input + (shape.repeat ? v * kWidth : at)));
      };
      const StepGradient gradient = stepBackward<kNeuron, kHard, kDelay>(
          state[v], constants, membranes, load(trace.slope + at), load(trace.gradient + at), true, input);
      if (decayGradient) addToDouble(sums.decay, gradient.byDecay);
      summed[v] += gradient.byInput;
      store(trace.gradient + at, gradient.byInput);
      h[v] = membranes.previousH;
    }
  });
  SPIKEFIT_UNROLL
  for (int v = 0; v < kVectors; ++v) {
    if (shape.repeat) store(trace.gradient + v * kWidth, summed[v]);
  }
}

// Σ g and Σ g·x over `steps` steps of the trace, to the sums of their channels.
__attribute__((noinline)) static void addToChannels(LaneGroup lanes, Trace trace, int steps, std::size_t channels,
                                                    double* gradientSums, double* productSums) {
  const bool whole = lanes.count == kGroup && lanes.channel + kGroup <= channels;
  SPIKEFIT_UNROLL
  for (int half = 0; half < 2 * kVectors; ++half) {
    DoubleVector gradients{}, products{};
    for (int t = 0; t < steps; ++t) {
      const std::size_t at = t * kGroup + half * kDoubleWidth;
      const DoubleVector g = loadAsDouble(trace.gradient + at);
      gradients += g;
      products += g * loadAsDouble(trace.input + at);
    }
    const std::size_t channel = lanes.channel + half * kDoubleWidth;
    if (whole) {
      storeDouble(gradientSums + channel, loadDouble(gradientSums + channel) + gradients);
      storeDouble(productSums + channel, loadDouble(productSums + channel) + products);
      continue;
    }
    for (int lane = 0; lane < kDoubleWidth && half * kDoubleWidth + lane < lanes.count; ++lane) {
      const std::size_t c = (channel + lane) % channels;
      gradientSums[c] += gradients[lane];
      productSums[c] += products[lane];
    }
  }
}

// Sums g and writes it, scaled where that is all the normalisation's gradient.
SPIKEFIT_INLINE void give(const SpikeBlockGradient& data, const GroupParameters& group, const LaneGroup& lanes,
                          std::size_t input, const Trace& trace, const SpikeBlockSums& sums) {
  const SpikeBlockShape& shape = data.shape;
  const int steps = shape.neuron.repeat ? 1 : shape.neuron.timeSteps;
  if (shape.normalization != Normalization::kNone) {
    addToChannels(lanes, trace, steps, shape.neuron.channels, sums.gradients, sums.products);
  }
  const bool affine = shape.normalization == Normalization::kAffine;
  for (int t = 0; t < steps; ++t) {
    Vector g[kVectors];
    SPIKEFIT_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      g[v] = load(trace.gradient + t * kGroup + v * kWidth);
      if (affine) g[v] *= group.scale.at[v];
    }
    storeGroup(data.dx + t * shape.neuron.perStep + input, g, lanes.count);
  }
}

// dy of a group at every step.
template <int kSteps>
SPIKEFIT_INLINE void loadGradients(const SpikeBlockGradient& data, const LaneGroup& lanes, float* gradients) {
  const std::size_t perStep = data.shape.outputPerStep();
  forEachStep<kSteps>(data.shape.neuron.timeSteps, [&](int t) SPIKEFIT_LAMBDA {
    const float* const dy = data.dy + t * perStep + lanes.output;
    Vector values[kVectors];
    loadGroup(dy, lanes.count, values);
    __builtin_prefetch(dy + kGroup);
    SPIKEFIT_UNROLL
    for (int v = 0; v < kVectors; ++v) store(gradients + t * kGroup + v * kWidth, values[v]);
  });
}

// `space`: groupSpace floats.
template <Neuron kNeuron, bool kHard, bool kDelay, int kSteps>
SPIKEFIT_INLINE void runGroup(const SpikeBlockGradient& data, const LaneGroup& lanes, float* space,
                              SpikeBlockSums& sums) {
  const SpikeBlockShape& shape = data.shape;
  const int steps = shape.neuron.timeSteps, positions = shape.poolSize * shape.poolSize;
  const std::size_t size = static_cast<std::size_t>(steps) * kGroup, channels = shape.neuron.channels;
  const GroupParameters group = GroupParameters::of(data.parameters, lanes.channel, shape.neuron);
  const Trace first(space, size), other(space + 4 * size, size);
  float* const left = space + 8 * size;
  loadGradients<kSteps>(data, lanes, left);
  // The first position goes back after the last: where none spiked it gets what is left. In one loop, so that the code
  // of either direction is there once.
  for (int position = 0, line = 0, column = 0; position <= positions; ++position) {
    const bool end = position == positions;
    const Trace trace = position == 0 || end ? first : other;
    std::size_t input = lanes.input;
    if (!end) {
      input += (static_cast<std::size_t>(line) * shape.width + column) * channels;
      if (++column == shape.poolSize) {
        column = 0;
        ++line;
      }
      replay<kNeuron, kHard, kDelay, kSteps>(data, group, input, lanes.count, trace, left);
    } else {
      for (std::size_t i = 0; i < size; i += kWidth) {
        store(first.gradient + i, (Vector)((Mask)load(first.gradient + i) | (Mask)load(left + i)));
      }
    }
    if (position == 0) continue;
    slopes<kSteps>(data.surrogate, steps, group.threshold, trace);
    propagate<kNeuron, kHard, kDelay, kSteps>(data, data.surrogate.detachReset, group, trace, sums);
    give(data, group, lanes, input, trace, sums);
  }
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
