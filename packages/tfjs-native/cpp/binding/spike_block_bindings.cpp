#include "arguments.h"
#include "bindings.h"
#include "shape_arguments.h"

namespace spikefit {
namespace {

// [timeSteps, batch, height, width, channels, poolSize, normalization], then those of neuronRule; then ε
SpikeBlockShape spikeBlockShape(Arguments& arguments) {
  const std::int32_t* d = arguments.dimensions(12);
  if (d[0] < 1 || d[4] < 1) arguments.fail("timeSteps and channels", "at least 1");
  if (d[5] < 1 || d[5] > d[2] || d[5] > d[3]) arguments.fail("poolSize", "from 1 to height and width");
  if (d[6] > 2) arguments.fail("the normalization", "0, 1 or 2");
  const NeuronShape rule = neuronRule(arguments, d + 7);
  checkTensor(arguments, {d[0], d[1], d[2], d[3], d[4]});
  SpikeBlockShape shape{};
  shape.neuron = rule;
  shape.neuron.timeSteps = d[0];
  shape.neuron.perStep = static_cast<std::size_t>(d[1]) * d[2] * d[3] * d[4];
  shape.neuron.channels = d[4];
  shape.batch = d[1];
  shape.height = d[2];
  shape.width = d[3];
  shape.poolSize = d[5];
  shape.normalization = static_cast<Normalization>(d[6]);
  if (shape.normalization == Normalization::kBatch && d[1] < 1) arguments.fail("batch", "at least 1");
  shape.epsilon = arguments.number("epsilon");
  return shape;
}

// γ and β, or scale and shift; null exactly where nothing is normalised.
float* channelFloats(Arguments& arguments, const SpikeBlockShape& shape, const char* name, Normalization least) {
  const std::size_t channels = shape.neuron.channels;
  if (shape.normalization >= least) return arguments.floats(name, channels);
  if (arguments.floatsOrNull(name, channels) != nullptr) arguments.fail(name, "null");
  return nullptr;
}

}  // namespace

void bindSpikeBlockForward(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "spikeBlockForward");
  SpikeBlockShape shape = spikeBlockShape(arguments);
  const float* x = arguments.floats("x", shape.inputSize());
  const float* decay = arguments.floats("decay", 1);
  const float* threshold = arguments.parameter("threshold", shape.neuron.channels, shape.neuron.thresholdSize);
  const float* reset = arguments.parameter("reset", shape.neuron.channels, shape.neuron.resetSize);
  const float* first = channelFloats(arguments, shape, "first", Normalization::kAffine);
  const float* second = channelFloats(arguments, shape, "second", Normalization::kAffine);
  const std::size_t outputs = shape.outputPerStep() * shape.neuron.timeSteps;
  unsigned char* bits = arguments.bytes("bits", spikeBytes(outputs));
  float* mean = channelFloats(arguments, shape, "mean", Normalization::kBatch);
  float* variance = channelFloats(arguments, shape, "variance", Normalization::kBatch);
  std::int32_t* count = arguments.integers("count", 1);
  submit([=] {
    const std::size_t spikes =
        currentKernels().spikeBlockForward(shape, x, *decay, threshold, reset, first, second, bits, mean, variance);
    *count = static_cast<std::int32_t>(spikes);
  });
}

void bindSpikeBlockBackward(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "spikeBlockBackward");
  SpikeBlockShape shape = spikeBlockShape(arguments);
  const SurrogateShape surrogate = surrogateShape(arguments);
  const bool decayGradient = arguments.number("decayGradient") != 0;
  const float* dy = arguments.floats("dy", shape.outputPerStep() * shape.neuron.timeSteps);
  const float* x = arguments.floats("x", shape.inputSize());
  const float* decay = arguments.floats("decay", 1);
  const float* threshold = arguments.parameter("threshold", shape.neuron.channels, shape.neuron.thresholdSize);
  const float* reset = arguments.parameter("reset", shape.neuron.channels, shape.neuron.resetSize);
  const float* first = channelFloats(arguments, shape, "first", Normalization::kAffine);
  const float* second = channelFloats(arguments, shape, "second", Normalization::kAffine);
  const float* mean = channelFloats(arguments, shape, "mean", Normalization::kBatch);
  const float* variance = channelFloats(arguments, shape, "variance", Normalization::kBatch);
  float* dx = arguments.floats("dx", shape.inputSize());
  float* dDecay = arguments.floats("dDecay", 1);
  float* dFirst = channelFloats(arguments, shape, "dFirst", Normalization::kAffine);
  float* dSecond = channelFloats(arguments, shape, "dSecond", Normalization::kAffine);
  submit([=] { currentKernels().spikeBlockBackward(shape, surrogate, decayGradient, dy, x, *decay, threshold, reset, first, second,
                                      mean, variance, dx, dDecay, dFirst, dSecond); });
}

}  // namespace spikefit
