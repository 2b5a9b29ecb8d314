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
#include "spike_block_group_gradient.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

using Data = SpikeBlockGradient;

void clearUncovered(const Data& data, std::size_t begin, std::size_t end) {
  const NeuronShape& shape = data.shape.neuron;
  forEachUncoveredRun(data.shape, begin, end, [&](std::size_t input, std::size_t length) {
    for (int t = 0; t < (shape.repeat ? 1 : shape.timeSteps); ++t) {
      clearFloats(data.dx + t * shape.perStep + input, length);
    }
  });
}

// One task; gives its part of dDecay.
template <Neuron kNeuron, bool kHard, bool kDelay, int kSteps>
double runTask(const Data& given, std::size_t begin, std::size_t end, double* channelPartials) {
  Data data = given;
  if (kSteps > 0) data.shape.neuron.timeSteps = kSteps;
  const NeuronShape& neuron = data.shape.neuron;
  float* const space = scratchFloats(Scratch::kTile, groupSpace(data.shape));
  SpikeBlockSums sums{channelPartials, channelPartials + neuron.channels, {}};
  if (data.shape.normalization != Normalization::kNone) {
    for (int c = 0; c < 2 * neuron.channels; ++c) channelPartials[c] = 0;
  }
  LaneGroups<kGroup> groups(data.shape, begin, end);
  while (groups.next()) runGroup<kNeuron, kHard, kDelay, kSteps>(data, groups.at(), space, sums);
  clearUncovered(given, begin, end);
  double total = 0;
  for (int lane = 0; lane < kDoubleWidth; ++lane) total += sums.decay[0][lane] + sums.decay[1][lane];
  return kNeuron == Neuron::kLeakyDecayInput ? total / static_cast<double>(data.decay) : total;
}

template <Neuron kNeuron, bool kHard, bool kDelay>
double chooseSteps(const Data& data, std::size_t begin, std::size_t end, double* channelPartials) {
  return data.shape.neuron.timeSteps == 4
             ? runTask<kNeuron, kHard, kDelay, 4>(data, begin, end, channelPartials)
             : runTask<kNeuron, kHard, kDelay, 0>(data, begin, end, channelPartials);
}

template <Neuron kNeuron>
double choose(const Data& data, std::size_t begin, std::size_t end, double* channelPartials) {
  const bool delay = data.shape.neuron.resetDelay;
  if (data.shape.neuron.hardReset) {
    return delay ? chooseSteps<kNeuron, true, true>(data, begin, end, channelPartials)
                 : chooseSteps<kNeuron, true, false>(data, begin, end, channelPartials);
  }
  return delay ? chooseSteps<kNeuron, false, true>(data, begin, end, channelPartials)
               : chooseSteps<kNeuron, false, false>(data, begin, end, channelPartials);
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
