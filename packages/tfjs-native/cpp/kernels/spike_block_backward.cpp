// Gradient of spike_block_forward.cpp. Nothing was saved but x and the statistics: each lane group runs its neurons
// forwards again, keeping the membranes in memory that stays in L1, and then
//   pool     dy of a window goes to the first position in row-major order that spiked at that step, to position 0
//            where none did: the ties of max_pool_gradient.cpp
//   neurons  back-propagation through time, neuron_backward.cpp: g, the gradient by what the neuron read
//   affine   dx = g·scale, dScale = Σ g·x, dShift = Σ g
//   batch    Σ g and Σ g·x, then dx = g·a + (x·b + c) in place of g, as in batch_norm_train_gradient.cpp
// Neurons outside all windows get g = 0. Sums are in double: per task over its elements in order, then over the
// tasks in order.
#include "batch_norm_statistics.h"
#include "kernels.h"
#include "neuron_step.h"
#include "spike_block_layout.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

struct Data {
  const SpikeBlockShape& shape;
  const SurrogateShape& surrogate;
  bool decayGradient;
  SpikeBlockParameters parameters;
  const float* dy;
  const float* x;
  float decay;
  float* dx;
  std::size_t ahead;  // floats from a group's x to that of the next
};

// Neighbouring channels that are worked on together. The steps and lines of a window lie a multiple of 4096 bytes
// apart in most networks, in one set of the cache: what is loaded of a line must be used at once.
constexpr int kGroup = 32;
constexpr int kVectors = kGroup / kWidth;

// Sums of one task.
struct Sums {
  double *gradients, *products;  // [channels], Σ g and Σ g·x; null without a normalisation
  DoubleVector decay[2];
};

// What one group is replayed to, per position and vector of the group: timeSteps vectors each of x, of the membranes
// after charging, of the gradients by the spikes (then g), and of σ'.
struct Trace {
  float *input, *charged, *gradient, *slope;
};

// One vector of neurons at one position, and its part of the trace.
struct Neurons {
  std::size_t input, channel;
  int count;
  Trace trace;
  Vector mean, scale, shift, threshold, reset;
};

SPIKEFIT_INLINE Trace traceAt(const Trace& trace, int steps, int position, int vector) {
  const std::size_t offset = (static_cast<std::size_t>(position) * kVectors + vector) * steps * kWidth;
  return {trace.input + offset, trace.charged + offset, trace.gradient + offset, trace.slope + offset};
}

// visit(vector number, lane, channel, count) for the vectors of a group.
template <typename Visit>
SPIKEFIT_INLINE void forEachVector(const LaneGroup& group, std::size_t channels, const Visit& visit) {
  std::size_t channel = group.channel;
  for (int vector = 0, lane = 0; lane < group.count; ++vector, lane += kWidth) {
    visit(vector, lane, channel, group.count - lane < kWidth ? group.count - lane : kWidth);
    channel += kWidth;
    while (channel >= channels) channel -= channels;
  }
}

SPIKEFIT_INLINE Vector normalized(const Neurons& neurons, Vector x) {
  return (x - neurons.mean) * neurons.scale + neurons.shift;
}

// More steps and lines are under way than the processor follows by itself: asks for the x of the next group, and for
// the dx that this one will write. A hint: past the end it does nothing.
SPIKEFIT_INLINE void prefetch(const Data& data, std::size_t offset) {
  __builtin_prefetch(data.x + offset + data.ahead);
  __builtin_prefetch(data.dx + offset, 1);
}

template <Neuron kNeuron, bool kHard, bool kDelay>
SPIKEFIT_INLINE void replay(const Data& data, const Neurons& neurons) {
  const NeuronShape& shape = data.shape.neuron;
  const Vector decay = splat(data.decay), threshold = neurons.threshold, reset = neurons.reset;
  Membrane state{reset, Mask{}};
  Vector x = loadUpTo(data.x + neurons.input, neurons.count);
  prefetch(data, neurons.input);
  for (int t = 0; t < shape.timeSteps; ++t) {
    if (t > 0 && !shape.repeat) {
      x = loadUpTo(data.x + t * shape.perStep + neurons.input, neurons.count);
      prefetch(data, t * shape.perStep + neurons.input);
    }
    const Vector h = stepForward<kNeuron, kHard, kDelay>(state, normalized(neurons, x), decay, threshold, reset,
                                                         shape.strictlyGreater);
    store(neurons.trace.input + t * kWidth, x);
    store(neurons.trace.charged + t * kWidth, h);
  }
}

// gradient[position][t] = dy where that position is the first of the window to spike, else 0.
SPIKEFIT_INLINE void route(const SpikeBlockShape& shape, const float* dy, int count, const Trace& trace,
                           Vector threshold) {
  const int positions = shape.poolSize * shape.poolSize, steps = shape.neuron.timeSteps;
  const std::size_t stride = static_cast<std::size_t>(kVectors) * steps * kWidth;
  const Vector zero = splat(0.0f);
  for (int t = 0; t < steps; ++t) {
    const Vector gradient = loadUpTo(dy + t * shape.outputPerStep(), count);
    const float* const charged = trace.charged + t * kWidth;
    float* const routed = trace.gradient + t * kWidth;
    const Mask firstFired = firedAt(shape.neuron.strictlyGreater, load(charged), threshold);
    Mask taken = firstFired;
    for (int position = 1; position < positions; ++position) {
      const Mask fired = firedAt(shape.neuron.strictlyGreater, load(charged + position * stride), threshold);
      store(routed + position * stride, select(fired & ~taken, gradient, zero));
      taken |= fired;
    }
    // Where none spiked it is the first one's.
    store(routed, select(firstFired | ~taken, gradient, zero));
  }
}

SPIKEFIT_INLINE void slopes(const SurrogateShape& surrogate, int steps, const Neurons& neurons) {
  const auto all = [&](Surrogate kind) __attribute__((always_inline)) {
    for (int t = 0; t < steps; ++t) {
      const Vector u = load(neurons.trace.charged + t * kWidth) - neurons.threshold;
      store(neurons.trace.slope + t * kWidth, surrogateDerivative(kind, surrogate.parameter, u));
    }
  };
  // One loop for each: the constants of the formula are made once.
  switch (surrogate.surrogate) {
    case Surrogate::kAtan: all(Surrogate::kAtan); break;
    case Surrogate::kSigmoid: all(Surrogate::kSigmoid); break;
    case Surrogate::kFastSigmoid: all(Surrogate::kFastSigmoid); break;
    case Surrogate::kTriangle: all(Surrogate::kTriangle); break;
    case Surrogate::kRectangle: all(Surrogate::kRectangle); break;
  }
}

// Σ g and Σ g·x over `steps` vectors of the trace, to the sums of their channels.
SPIKEFIT_INLINE void addToChannels(const Neurons& neurons, int steps, std::size_t channels, Sums& sums) {
  DoubleVector gradients[2], products[2];
  for (int half = 0; half < 2; ++half) {
    gradients[half] = products[half] = DoubleVector{};
    for (int t = 0; t < steps; ++t) {
      const std::size_t offset = static_cast<std::size_t>(t) * kWidth + half * kDoubleWidth;
      const DoubleVector g = loadAsDouble(neurons.trace.gradient + offset);
      gradients[half] += g;
      products[half] += g * loadAsDouble(neurons.trace.input + offset);
    }
  }
  if (neurons.count == kWidth && neurons.channel + kWidth <= channels) {
    for (int half = 0; half < 2; ++half) {
      const std::size_t channel = neurons.channel + half * kDoubleWidth;
      storeDouble(sums.gradients + channel, loadDouble(sums.gradients + channel) + gradients[half]);
      storeDouble(sums.products + channel, loadDouble(sums.products + channel) + products[half]);
    }
    return;
  }
  for (int lane = 0; lane < neurons.count; ++lane) {
    const std::size_t channel = (neurons.channel + lane) % channels;
    sums.gradients[channel] += gradients[lane / kDoubleWidth][lane % kDoubleWidth];
    sums.products[channel] += products[lane / kDoubleWidth][lane % kDoubleWidth];
  }
}

// From the gradients by the spikes to g, in their place in the trace: at every step, or only the first if x repeats.
template <Neuron kNeuron, bool kHard, bool kDelay>
SPIKEFIT_INLINE void propagate(const Data& data, const Neurons& neurons, Sums& sums) {
  const NeuronShape& shape = data.shape.neuron;
  const Trace& trace = neurons.trace;
  const BackwardConstants constants = BackwardConstants::of<kNeuron>(shape, data.surrogate, data.decay,
                                                                     neurons.threshold, neurons.reset);
  const Vector zero = splat(0.0f);
  const bool decayGradient = kNeuron != Neuron::kIntegrateAndFire && data.decayGradient;
  BackwardState state{zero, zero};
  Vector summed = zero;
  Vector h = load(trace.charged + (shape.timeSteps - 1) * kWidth);
  for (int t = shape.timeSteps - 1; t >= 0; --t) {
    const std::size_t offset = static_cast<std::size_t>(t) * kWidth;
    StepMembranes membranes{h, neurons.reset, Mask{}};
    if (t > 0) {
      membranes.previousH = load(trace.charged + offset - kWidth);
      membranes.previousFired = firedAt(constants.strictly, membranes.previousH, neurons.threshold);
    }
    const auto input = [&] { return normalized(neurons, load(trace.input + offset)); };
    const StepGradient gradient = stepBackward<kNeuron, kHard, kDelay>(
        state, constants, membranes, load(trace.slope + offset), load(trace.gradient + offset), true, input);
    if (decayGradient) addToDouble(sums.decay, gradient.byDecay);
    summed += gradient.byInput;
    store(trace.gradient + offset, gradient.byInput);
    h = membranes.previousH;
  }
  if (shape.repeat) store(trace.gradient, summed);
}

// Sums g and writes it, scaled where that is all the normalisation's gradient.
SPIKEFIT_INLINE void give(const Data& data, const Neurons& neurons, Sums& sums) {
  const SpikeBlockShape& shape = data.shape;
  const int steps = shape.neuron.repeat ? 1 : shape.neuron.timeSteps;
  if (shape.normalization != Normalization::kNone) addToChannels(neurons, steps, shape.neuron.channels, sums);
  const bool affine = shape.normalization == Normalization::kAffine;
  for (int t = 0; t < steps; ++t) {
    const Vector g = load(neurons.trace.gradient + t * kWidth);
    storeUpTo(data.dx + t * shape.neuron.perStep + neurons.input, affine ? g * neurons.scale : g, neurons.count);
  }
}

void clearUncovered(const Data& data, std::size_t begin, std::size_t end) {
  const NeuronShape& shape = data.shape.neuron;
  forEachUncoveredRun(data.shape, begin, end, [&](std::size_t input, std::size_t length) {
    for (int t = 0; t < (shape.repeat ? 1 : shape.timeSteps); ++t) {
      clearFloats(data.dx + t * shape.perStep + input, length);
    }
  });
}

// One task; gives its part of dDecay.
template <Neuron kNeuron, bool kHard, bool kDelay>
double runTask(const Data& data, std::size_t begin, std::size_t end, double* channelPartials) {
  const SpikeBlockShape& shape = data.shape;
  const int steps = shape.neuron.timeSteps, positions = shape.poolSize * shape.poolSize;
  const std::size_t size = static_cast<std::size_t>(positions) * steps * kGroup;
  float* const space = scratchFloats(Scratch::kTile, 4 * size);
  const Trace trace{space, space + size, space + 2 * size, space + 3 * size};
  Sums sums{channelPartials, channelPartials + shape.neuron.channels, {}};
  if (shape.normalization != Normalization::kNone) {
    for (int c = 0; c < 2 * shape.neuron.channels; ++c) channelPartials[c] = 0;
  }
  const SpikeBlockParameters& parameters = data.parameters;
  forEachLaneGroup<kGroup>(shape, begin, end, [&](const LaneGroup& group) {
    const auto forEachNeurons = [&](const auto& visit) {
      forEachPosition(shape, group.input, [&](int position, std::size_t input) {
        forEachVector(group, shape.neuron.channels, [&](int vector, int lane, std::size_t channel, int count) {
          visit(Neurons{input + lane, channel, count, traceAt(trace, steps, position, vector),
                        parameters.mean(channel), parameters.scale(channel), parameters.shift(channel),
                        parameters.threshold(channel), parameters.reset(channel)});
        });
      });
    };
    for (int t = 0; t < steps; ++t) {
      const float* const dy = data.dy + t * shape.outputPerStep() + group.output;
      for (int lane = 0; lane < group.count; lane += kMaximumWidth) __builtin_prefetch(dy + lane);
    }
    forEachNeurons([&](const Neurons& neurons) { replay<kNeuron, kHard, kDelay>(data, neurons); });
    forEachVector(group, shape.neuron.channels, [&](int vector, int lane, std::size_t channel, int count) {
      route(shape, data.dy + group.output + lane, count, traceAt(trace, steps, 0, vector),
            parameters.threshold(channel));
    });
    forEachNeurons([&](const Neurons& neurons) {
      slopes(data.surrogate, steps, neurons);
      propagate<kNeuron, kHard, kDelay>(data, neurons, sums);
      give(data, neurons, sums);
    });
  });
  clearUncovered(data, begin, end);
  double total = 0;
  for (int lane = 0; lane < kDoubleWidth; ++lane) total += sums.decay[0][lane] + sums.decay[1][lane];
  return kNeuron == Neuron::kLeakyDecayInput ? total / static_cast<double>(data.decay) : total;
}

template <Neuron kNeuron>
double choose(const Data& data, std::size_t begin, std::size_t end, double* channelPartials) {
  const bool delay = data.shape.neuron.resetDelay;
  if (data.shape.neuron.hardReset) {
    return delay ? runTask<kNeuron, true, true>(data, begin, end, channelPartials)
                 : runTask<kNeuron, true, false>(data, begin, end, channelPartials);
  }
  return delay ? runTask<kNeuron, false, true>(data, begin, end, channelPartials)
               : runTask<kNeuron, false, false>(data, begin, end, channelPartials);
}

double runTask(const Data& data, std::size_t begin, std::size_t end, double* channelPartials) {
  switch (data.shape.neuron.neuron) {
    case Neuron::kIntegrateAndFire:
      return choose<Neuron::kIntegrateAndFire>(data, begin, end, channelPartials);
    case Neuron::kLeaky: return choose<Neuron::kLeaky>(data, begin, end, channelPartials);
    case Neuron::kLeakyDecayInput:
      return choose<Neuron::kLeakyDecayInput>(data, begin, end, channelPartials);
  }
  return 0;
}

// From a group's x to that of the next, most of the time.
std::size_t groupDistance(const SpikeBlockShape& shape) {
  const std::size_t channels = shape.neuron.channels;
  return shape.poolSize == 1 || channels >= 2 * kGroup ? kGroup : shape.poolSize * channels;
}

// From Σ g and Σ g·x to the gradients of the normalisation, and from g to dx.
void finish(const Data& data, const double* sums, const float* mean, const float* variance, const float* gamma,
            float* dFirst, float* dSecond) {
  const SpikeBlockShape& shape = data.shape;
  const std::size_t channels = shape.neuron.channels;
  if (shape.normalization == Normalization::kAffine) {
    for (std::size_t c = 0; c < channels; ++c) {
      dFirst[c] = static_cast<float>(sums[channels + c]);
      dSecond[c] = static_cast<float>(sums[c]);
    }
    return;
  }
  const ChannelShape rows{shape.inputSize() / channels, shape.neuron.channels};
  float* const space = scratchFloats(Scratch::kPartials, 3 * channels);
  const BatchNormGradientTerms terms{space, space + channels, space + 2 * channels};
  batchNormGradientTerms(rows, shape.epsilon, sums, sums + channels, mean, variance, gamma, terms, dFirst, dSecond);
  applyBatchNormGradient(rows, terms, data.dx, data.x, data.dx);
}

}  // namespace

void spikeBlockBackward(const SpikeBlockShape& shape, const SurrogateShape& surrogate, bool decayGradient,
                        const float* dy, const float* x, float decay, const float* threshold, const float* reset,
                        const float* firstOrNull, const float* secondOrNull, const float* meanOrNull,
                        const float* varianceOrNull, float* dx, float* dDecay, float* dFirstOrNull,
                        float* dSecondOrNull) {
  const bool normalizes = shape.normalization != Normalization::kNone;
  const std::size_t kinds = normalizes ? 2 * static_cast<std::size_t>(shape.neuron.channels) : 0;
  const Data data{shape,
                  surrogate,
                  decayGradient,
                  spikeBlockParameters(shape, meanOrNull, varianceOrNull, firstOrNull, secondOrNull, threshold, reset),
                  dy,
                  x,
                  decay,
                  dx,
                  groupDistance(shape)};
  const SpikeBlockTasks tasks = spikeBlockTasks(shape);
  double* const partials = scratchDoubles(Scratch::kPartials, tasks.count() * (1 + kinds));
  double* const channelPartials = partials + tasks.count();
  parallelChunks(tasks.total, tasks.chunk, [&](std::size_t begin, std::size_t end) {
    const std::size_t task = begin / tasks.chunk;
    partials[task] = runTask(data, begin, end, channelPartials + task * kinds);
  });
  double total = 0;
  for (std::size_t task = 0; task < tasks.count(); ++task) total += partials[task];
  dDecay[0] = static_cast<float>(total);
  if (!normalizes) return;
  double* const sums = scratchDoubles(Scratch::kShared, kinds);
  for (std::size_t i = 0; i < kinds; ++i) sums[i] = 0;
  for (std::size_t task = 0; task < tasks.count(); ++task) {
    for (std::size_t i = 0; i < kinds; ++i) sums[i] += channelPartials[task * kinds + i];
  }
  finish(data, sums, meanOrNull, varianceOrNull, firstOrNull, dFirstOrNull, dSecondOrNull);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
