// The loss and the optimisers; as in bindings.cpp, arguments in, kernel called.
#include "../kernels/kernel_table.h"
#include "arguments.h"
#include "bindings.h"

namespace spikefit {

void bindCrossEntropy(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "crossEntropy");
  const std::int32_t* d = arguments.dimensions(2);
  CrossEntropyShape shape{};
  shape.rows = static_cast<std::size_t>(d[0]);
  shape.classes = static_cast<std::size_t>(d[1]);
  shape.scale = arguments.number("scale");
  const float* logits = arguments.floats("logits", shape.rows * shape.classes);
  const std::int32_t* labels = arguments.integers("labels", shape.rows);
  float* loss = arguments.floats("loss", 1);
  float* dLogits = arguments.floats("dLogits", shape.rows * shape.classes);
  submit([=] { currentKernels().crossEntropy(shape, logits, labels, loss, dLogits); });
}

void bindSgdStep(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "sgdStep");
  SgdShape shape{};
  shape.size = static_cast<std::size_t>(arguments.dimensions(1)[0]);
  shape.learningRate = arguments.number("learningRate");
  shape.momentum = arguments.number("momentum");
  shape.weightDecay = arguments.number("weightDecay");
  const float* parameter = arguments.floats("parameter", shape.size);
  const float* velocity = arguments.floats("velocity", shape.size);
  const float* gradient = arguments.floats("gradient", shape.size);
  float* newParameter = arguments.floats("newParameter", shape.size);
  float* newVelocity = arguments.floats("newVelocity", shape.size);
  submit([=] { currentKernels().sgdStep(shape, parameter, velocity, gradient, newParameter, newVelocity); });
}

}  // namespace spikefit
