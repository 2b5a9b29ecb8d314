// Spiking neurons over all time steps in one pass; the membrane stays in a register.
//
// Symbols (all in units of the membrane): x input, v membrane, h membrane after charging, θ threshold,
// r reset value, d = 1/τ decay, s spike (0 or 1). v starts at r, s at 0. Per step:
//   charge   IF: h = v + x        LIF: h = v − (v − r)·d + x        LIF, decayInput: h = v + (x − (v − r))·d
//   fire     s = h ≥ θ (or h > θ)
//   reset    hard: v = s ? r : h      soft: v = h − s·θ
// With resetDelay the spike of the step before resets this step's charge instead (snnTorch):
//            hard: h = s' ? r : charge      soft: h = charge − s'·θ      then s from h, and v = h.
// Formulas: Fang et al. 2023 (SpikingJelly), Eshraghian et al. 2023 (snnTorch).
#include "../runtime/scratch.h"
#include "../simd/parallel.h"
#include "channel_parameter.h"
#include "kernels.h"
#include "neuron_step.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

constexpr std::size_t kChunk = 4096;  // neurons per task

struct Data {
  const NeuronShape& shape;
  const float* x;
  float decay;
  const float* threshold;  // expanded, see channel_parameter.h
  const float* reset;
  float* spikes;
  float* charged;
};

template <Neuron kNeuron, bool kHard, bool kDelay>
void runNeurons(const Data& data, std::size_t begin, std::size_t end) {
  const NeuronShape& shape = data.shape;
  const Vector decay = splat(data.decay), one = splat(1.0f), zero = splat(0.0f);
  ChannelCursor thresholds(data.threshold, shape.thresholdSize, begin);
  ChannelCursor resets(data.reset, shape.resetSize, begin);
  for (std::size_t i = begin; i < end; i += kWidth) {
    const int count = static_cast<int>(smaller(kWidth, end - i));
    const Vector threshold = thresholds.vector(), reset = resets.vector();
    const Vector limit = firingLimit(shape.strictlyGreater, threshold);
    thresholds.advance();
    resets.advance();
    Membrane state{reset, Mask{}};
    for (int t = 0; t < shape.timeSteps; ++t) {
      const std::size_t offset = t * shape.perStep + i;
      const Vector x = loadUpTo(data.x + (shape.repeat ? i : offset), count);
      const Vector h = stepForward<kNeuron, kHard, kDelay>(state, x, decay, threshold, reset, limit);
      storeUpTo(data.charged + offset, h, count);
      storeUpTo(data.spikes + offset, select(state.fired, one, zero), count);
    }
  }
}

template <Neuron kNeuron>
void choose(const Data& data, std::size_t begin, std::size_t end) {
  const bool delay = data.shape.resetDelay;
  if (data.shape.hardReset) {
    if (delay) runNeurons<kNeuron, true, true>(data, begin, end);
    else runNeurons<kNeuron, true, false>(data, begin, end);
  } else {
    if (delay) runNeurons<kNeuron, false, true>(data, begin, end);
    else runNeurons<kNeuron, false, false>(data, begin, end);
  }
}

}  // namespace

void neuronForward(const NeuronShape& shape, const float* x, float decay, const float* threshold,
                   const float* reset, float* spikes, float* charged) {
  float* const parameters = scratchFloats(Scratch::kParameters, expandedSize(shape.thresholdSize) +
                                                                    expandedSize(shape.resetSize));
  float* const resets = parameters + expandedSize(shape.thresholdSize);
  expandParameter(threshold, shape.thresholdSize, parameters);
  expandParameter(reset, shape.resetSize, resets);
  const Data data{shape, x, decay, parameters, resets, spikes, charged};
  parallelChunks(shape.perStep, kChunk, [&](std::size_t begin, std::size_t end) {
    switch (shape.neuron) {
      case Neuron::kIntegrateAndFire: choose<Neuron::kIntegrateAndFire>(data, begin, end); break;
      case Neuron::kLeaky: choose<Neuron::kLeaky>(data, begin, end); break;
      case Neuron::kLeakyDecayInput: choose<Neuron::kLeakyDecayInput>(data, begin, end); break;
    }
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
