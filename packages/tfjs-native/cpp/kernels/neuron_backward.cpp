// Back-propagation through time for neuron_forward.cpp; symbols as there, σ'(u) the surrogate's derivative at
// u = h − θ, g∙ the gradient of the loss by ∙. Spikes and membranes are recomputed from the saved h. From the
// last step to the first:
//   gh = (gs + dy)·σ'(u) + gv·∂v/∂h              ∂v/∂h  hard: 1 − s    soft: 1    (1 with resetDelay)
//   gs = gv·∂v/∂s unless detachReset             ∂v/∂s  hard: r − h    soft: −θ
//   with resetDelay the reset acts on the next step's charge c: gc = gh·(hard: 1 − s'   soft: 1), and
//   gs' = gh·(hard: r − c   soft: −θ) goes to the spike of the step before
//   dx = gc·∂c/∂x, gv' = gc·∂c/∂v, dDecay += gc·∂c/∂d, with
//     IF: 1, 1, 0      LIF: 1, 1 − d, −(v' − r)      LIF, decayInput: d, 1 − d, (c − v')/d
// where ' marks the step before. The charge of a step that a delayed hard reset cleared is not in h: only
// that case (not detached) reads x.
//
// dDecay is summed in double, per chunk of neurons, then over the chunks in order.
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
  const SurrogateShape& surrogate;
  const float* dy;
  const float* charged;
  const float* x;
  float decay;
  const float* threshold;  // expanded, see channel_parameter.h
  const float* reset;
  float* dx;
};

template <Neuron kNeuron, bool kHard, bool kDelay>
double runNeurons(const Data& data, std::size_t begin, std::size_t end) {
  const NeuronShape& shape = data.shape;
  const Vector zero = splat(0.0f);
  ChannelCursor thresholds(data.threshold, shape.thresholdSize, begin);
  ChannelCursor resets(data.reset, shape.resetSize, begin);
  DoubleVector decaySums[2] = {};
  for (std::size_t i = begin; i < end; i += kWidth) {
    const int count = static_cast<int>(smaller(kWidth, end - i));
    const Vector limit = firingLimit(shape.strictlyGreater, thresholds.vector());
    const BackwardConstants constants = BackwardConstants::of<kNeuron>(data.surrogate.detachReset, data.decay,
                                                                       thresholds.vector(), limit, resets.vector());
    thresholds.advance();
    resets.advance();
    BackwardState state{zero, zero};
    Vector summed = zero;
    Vector h = loadUpTo(data.charged + (shape.timeSteps - 1) * shape.perStep + i, count);
    for (int t = shape.timeSteps - 1; t >= 0; --t) {
      const std::size_t offset = t * shape.perStep + i;
      StepMembranes membranes{h, constants.reset, Mask{}};
      if (t > 0) {
        membranes.previousH = loadUpTo(data.charged + offset - shape.perStep, count);
        membranes.previousFired = firedAt(membranes.previousH, constants.limit);
      }
      const auto input = [&] { return loadUpTo(data.x + (shape.repeat ? i : offset), count); };
      const Vector slope = surrogateDerivative(data.surrogate.surrogate, data.surrogate.parameter,
                                               h - constants.threshold);
      const StepGradient gradient = stepBackward<kNeuron, kHard, kDelay>(
          state, constants, membranes, slope, loadUpTo(data.dy + offset, count), data.x != nullptr, input);
      if (kNeuron != Neuron::kIntegrateAndFire) addToDouble(decaySums, gradient.byDecay);
      if (shape.repeat) summed += gradient.byInput;
      else storeUpTo(data.dx + offset, gradient.byInput, count);
      h = membranes.previousH;
    }
    if (shape.repeat) storeUpTo(data.dx + i, summed, count);
  }
  double total = 0;
  for (int lane = 0; lane < kDoubleWidth; ++lane) total += decaySums[0][lane] + decaySums[1][lane];
  return kNeuron == Neuron::kLeakyDecayInput ? total / static_cast<double>(data.decay) : total;
}

template <Neuron kNeuron>
double choose(const Data& data, std::size_t begin, std::size_t end) {
  const bool delay = data.shape.resetDelay;
  if (data.shape.hardReset) {
    return delay ? runNeurons<kNeuron, true, true>(data, begin, end)
                 : runNeurons<kNeuron, true, false>(data, begin, end);
  }
  return delay ? runNeurons<kNeuron, false, true>(data, begin, end)
               : runNeurons<kNeuron, false, false>(data, begin, end);
}

}  // namespace

void neuronBackward(const NeuronShape& shape, const SurrogateShape& surrogate, const float* dy,
                    const float* charged, const float* xOrNull, float decay, const float* threshold,
                    const float* reset, float* dx, float* dDecay) {
  float* const parameters = scratchFloats(Scratch::kParameters, expandedSize(shape.thresholdSize) +
                                                                    expandedSize(shape.resetSize));
  float* const resets = parameters + expandedSize(shape.thresholdSize);
  expandParameter(threshold, shape.thresholdSize, parameters);
  expandParameter(reset, shape.resetSize, resets);
  const Data data{shape, surrogate, dy, charged, xOrNull, decay, parameters, resets, dx};
  const std::size_t chunks = divideUp(shape.perStep, kChunk);
  double* const sums = scratchDoubles(Scratch::kPartials, chunks);
  parallelChunks(shape.perStep, kChunk, [&](std::size_t begin, std::size_t end) {
    double sum = 0;
    switch (shape.neuron) {
      case Neuron::kIntegrateAndFire: sum = choose<Neuron::kIntegrateAndFire>(data, begin, end); break;
      case Neuron::kLeaky: sum = choose<Neuron::kLeaky>(data, begin, end); break;
      case Neuron::kLeakyDecayInput: sum = choose<Neuron::kLeakyDecayInput>(data, begin, end); break;
    }
    sums[begin / kChunk] = sum;
  });
  double total = 0;
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) total += sums[chunk];
  dDecay[0] = static_cast<float>(total);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
