// Arguments in, kernel called, nothing else. The order of the dimensions is that of the structures in
// kernels/shapes.h; src/addon/native-addon.ts is the same list for TypeScript.
#include "bindings.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <string>

#include "../kernels/kernel_table.h"
#include "../runtime/isa.h"
#include "../runtime/thread_pool.h"
#include "arguments.h"
#include "shape_arguments.h"

namespace spikefit {
namespace {

// Threads of JavaScript may share the addon.
std::atomic<const KernelTable*> kernels{instructionSets()[kInstructionSets - 1].kernels};

}  // namespace

const KernelTable& currentKernels() { return *kernels.load(std::memory_order_relaxed); }

Napi::Value describeInstructionSets(const Napi::CallbackInfo& info) {
  Napi::Array list = Napi::Array::New(info.Env(), kInstructionSets);
  for (int index = 0; index < kInstructionSets; ++index) {
    const InstructionSet& set = instructionSets()[index];
    Napi::Object entry = Napi::Object::New(info.Env());
    entry.Set("name", set.name);
    entry.Set("compiled", set.compiled);
    entry.Set("supported", set.supported);
    list.Set(static_cast<std::uint32_t>(index), entry);
  }
  return list;
}

void drain(const Napi::CallbackInfo& info) {
  try {
    kernelQueue().drain();
  } catch (const std::exception& failure) {
    throw Napi::Error::New(info.Env(), std::string("a kernel failed: ") + failure.what());
  }
}

Napi::Value kernelMilliseconds(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), kernelQueue().busyMilliseconds());
}

void configure(const Napi::CallbackInfo& info) {
  drain(info);
  Arguments arguments(info, "configure");
  const std::string isa = arguments.text("isa");
  const double threads = arguments.number("threads");
  if (!(threads >= 1 && threads <= kMaximumThreads)) {
    arguments.fail("threads", "from 1 to " + std::to_string(kMaximumThreads));
  }
  for (int index = 0; index < kInstructionSets; ++index) {
    const InstructionSet& set = instructionSets()[index];
    if (isa != set.name) continue;
    if (!set.supported) arguments.fail("isa", "an instruction set of this CPU");
    kernels = set.kernels;
    setThreadCount(static_cast<int>(threads));
    return;
  }
  arguments.fail("isa", "avx512, avx2 or baseline");
}

void bindConvolutionForward(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "convolutionForward");
  const ConvolutionShape shape = convolutionShape(arguments);
  const float* x = arguments.floats("x", shape.inputSize());
  const float* filter = arguments.floats("filter", shape.filterSize());
  const float* bias = arguments.floatsOrNull("bias", static_cast<std::size_t>(shape.outputChannels));
  float* y = arguments.floats("y", shape.outputSize());
  submit([=] { currentKernels().convolutionForward(shape, x, filter, bias, y); });
}

void bindConvolutionInputGradient(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "convolutionInputGradient");
  const ConvolutionShape shape = convolutionShape(arguments);
  const float* dy = arguments.floats("dy", shape.outputSize());
  const float* filter = arguments.floats("filter", shape.filterSize());
  float* dx = arguments.floats("dx", shape.inputSize());
  submit([=] { currentKernels().convolutionInputGradient(shape, dy, filter, dx); });
}

void bindConvolutionFilterGradient(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "convolutionFilterGradient");
  const ConvolutionShape shape = convolutionShape(arguments);
  const float* x = arguments.floats("x", shape.inputSize());
  const float* dy = arguments.floats("dy", shape.outputSize());
  float* dFilter = arguments.floats("dFilter", shape.filterSize());
  submit([=] { currentKernels().convolutionFilterGradient(shape, x, dy, dFilter); });
}

void bindMatrixProduct(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "matrixProduct");
  const MatrixProductShape shape = matrixProductShape(arguments);
  const float* a = arguments.floats("a", shape.sizeA());
  const float* b = arguments.floats("b", shape.sizeB());
  const float* bias = arguments.floatsOrNull("bias", static_cast<std::size_t>(shape.columns));
  float* c = arguments.floats("c", shape.sizeC());
  submit([=] { currentKernels().matrixProduct(shape, a, b, bias, c); });
}

void bindMaxPoolForward(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "maxPoolForward");
  const PoolShape shape = poolShape(arguments);
  const float* x = arguments.floats("x", shape.inputSize());
  float* y = arguments.floats("y", shape.outputSize());
  submit([=] { currentKernels().maxPoolForward(shape, x, y); });
}

void bindMaxPoolGradient(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "maxPoolGradient");
  const PoolShape shape = poolShape(arguments);
  const float* x = arguments.floats("x", shape.inputSize());
  const float* dy = arguments.floats("dy", shape.outputSize());
  float* dx = arguments.floats("dx", shape.inputSize());
  submit([=] { currentKernels().maxPoolGradient(shape, x, dy, dx); });
}

void bindNeuronForward(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "neuronForward");
  NeuronShape shape = neuronShape(arguments);
  const std::size_t all = shape.perStep * shape.timeSteps;
  const float* x = arguments.floats("x", shape.repeat ? shape.perStep : all);
  const float* decay = arguments.floats("decay", 1);
  const float* threshold = arguments.parameter("threshold", shape.channels, shape.thresholdSize);
  const float* reset = arguments.parameter("reset", shape.channels, shape.resetSize);
  float* spikes = arguments.floats("spikes", all);
  float* charged = arguments.floats("charged", all);
  submit([=] { currentKernels().neuronForward(shape, x, *decay, threshold, reset, spikes, charged); });
}

void bindNeuronBackward(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "neuronBackward");
  NeuronShape shape = neuronShape(arguments);
  const SurrogateShape surrogate = surrogateShape(arguments);
  const std::size_t all = shape.perStep * shape.timeSteps;
  const std::size_t inputs = shape.repeat ? shape.perStep : all;
  const float* dy = arguments.floats("dy", all);
  const float* charged = arguments.floats("charged", all);
  const float* x = arguments.floatsOrNull("x", inputs);
  const float* decay = arguments.floats("decay", 1);
  const float* threshold = arguments.parameter("threshold", shape.channels, shape.thresholdSize);
  const float* reset = arguments.parameter("reset", shape.channels, shape.resetSize);
  float* dx = arguments.floats("dx", inputs);
  float* dDecay = arguments.floats("dDecay", 1);
  if (shape.resetDelay && shape.hardReset && !surrogate.detachReset && x == nullptr) {
    arguments.fail("x", "given for a delayed hard reset that is not detached");
  }
  submit([=] { currentKernels().neuronBackward(shape, surrogate, dy, charged, x, *decay, threshold, reset, dx, dDecay); });
}

void bindBatchNormTrain(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "batchNormTrain");
  const ChannelShape shape = channelShape(arguments);
  if (shape.rows < 1) arguments.fail("rows", "at least 1");
  const std::size_t channels = shape.channels, all = shape.rows * channels;
  const double epsilon = arguments.number("epsilon");
  const float* x = arguments.floats("x", all);
  const float* gamma = arguments.floats("gamma", channels);
  const float* beta = arguments.floats("beta", channels);
  float* y = arguments.floats("y", all);
  float* mean = arguments.floats("mean", channels);
  float* variance = arguments.floats("variance", channels);
  submit([=] { currentKernels().batchNormTrain(shape, epsilon, x, gamma, beta, y, mean, variance); });
}

void bindBatchNormTrainGradient(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "batchNormTrainGradient");
  const ChannelShape shape = channelShape(arguments);
  if (shape.rows < 1) arguments.fail("rows", "at least 1");
  const std::size_t channels = shape.channels, all = shape.rows * channels;
  const double epsilon = arguments.number("epsilon");
  const float* dy = arguments.floats("dy", all);
  const float* x = arguments.floats("x", all);
  const float* mean = arguments.floats("mean", channels);
  const float* variance = arguments.floats("variance", channels);
  const float* gamma = arguments.floats("gamma", channels);
  float* dx = arguments.floats("dx", all);
  float* dGamma = arguments.floats("dGamma", channels);
  float* dBeta = arguments.floats("dBeta", channels);
  submit([=] { currentKernels().batchNormTrainGradient(shape, epsilon, dy, x, mean, variance, gamma, dx, dGamma, dBeta); });
}

void bindChannelAffine(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "channelAffine");
  const ChannelShape shape = channelShape(arguments);
  const std::size_t channels = shape.channels, all = shape.rows * channels;
  const float* x = arguments.floats("x", all);
  const float* scale = arguments.floats("scale", channels);
  const float* shift = arguments.floats("shift", channels);
  float* y = arguments.floats("y", all);
  submit([=] { currentKernels().channelAffine(shape, x, scale, shift, y); });
}

void bindChannelAffineGradient(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "channelAffineGradient");
  const ChannelShape shape = channelShape(arguments);
  const std::size_t channels = shape.channels, all = shape.rows * channels;
  const float* dy = arguments.floats("dy", all);
  const float* x = arguments.floats("x", all);
  const float* scale = arguments.floats("scale", channels);
  float* dx = arguments.floats("dx", all);
  float* dScale = arguments.floats("dScale", channels);
  float* dShift = arguments.floats("dShift", channels);
  submit([=] { currentKernels().channelAffineGradient(shape, dy, x, scale, dx, dScale, dShift); });
}

void bindAxisSum(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "axisSum");
  const std::int32_t* d = arguments.dimensions(3);
  const AxisSumShape shape{static_cast<std::size_t>(d[0]), static_cast<std::size_t>(d[1]),
                           static_cast<std::size_t>(d[2])};
  if (shape.inner < 1) arguments.fail("inner", "at least 1");
  checkTensor(arguments, {d[0], d[1], d[2]});
  const float* x = arguments.floats("x", shape.outer * shape.reduced * shape.inner);
  float* sums = arguments.floats("sums", shape.outer * shape.inner);
  submit([=] { currentKernels().axisSum(shape, x, sums); });
}

void bindAdamStep(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "adamStep");
  AdamShape shape{};
  const std::int32_t* d = arguments.dimensions(1);
  shape.size = static_cast<std::size_t>(d[0]);
  shape.learningRate = arguments.number("learningRate");
  shape.beta1 = arguments.number("beta1");
  shape.beta2 = arguments.number("beta2");
  shape.epsilon = arguments.number("epsilon");
  shape.weightDecay = arguments.number("weightDecay");
  shape.step = arguments.number("step");
  const float* parameter = arguments.floats("parameter", shape.size);
  const float* firstMoment = arguments.floats("firstMoment", shape.size);
  const float* secondMoment = arguments.floats("secondMoment", shape.size);
  const float* gradient = arguments.floats("gradient", shape.size);
  float* newParameter = arguments.floats("newParameter", shape.size);
  float* newFirstMoment = arguments.floats("newFirstMoment", shape.size);
  float* newSecondMoment = arguments.floats("newSecondMoment", shape.size);
  submit([=] { currentKernels().adamStep(shape, parameter, firstMoment, secondMoment, gradient, newParameter, newFirstMoment,
                    newSecondMoment); });
}

void bindBinaryElementwise(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "binaryElementwise");
  const std::int32_t* d = arguments.dimensions(5);
  if (d[4] > 3) arguments.fail("the operation", "0, 1, 2 or 3");
  BinaryShape shape{};
  shape.outer = static_cast<std::size_t>(d[0]);
  shape.inner = static_cast<std::size_t>(d[1]);
  shape.repeatB = d[2] != 0;
  shape.swap = d[3] != 0;
  shape.operation = static_cast<BinaryOperation>(d[4]);
  const float* a = arguments.floats("a", shape.outer * shape.inner);
  const float* b = arguments.floats("b", shape.repeatB ? shape.inner : shape.outer * shape.inner);
  float* c = arguments.floats("c", shape.outer * shape.inner);
  submit([=] { currentKernels().binaryElementwise(shape, a, b, c); });
}

void bindRepeatRuns(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "repeatRuns");
  const std::int32_t* d = arguments.dimensions(3);
  checkTensor(arguments, {d[0], d[1], d[2]});
  const std::size_t runs = d[0], length = d[1], repeats = d[2];
  const float* x = arguments.floats("x", runs * length);
  float* y = arguments.floats("y", runs * length * repeats);
  submit([=] {
    for (std::size_t run = 0; run < runs; ++run) {
      for (std::size_t copy = 0; copy < repeats; ++copy) {
        std::copy_n(x + run * length, length, y + (run * repeats + copy) * length);
      }
    }
  });
}

}  // namespace spikefit
