#include "arguments.h"
#include "bindings.h"
#include "shape_arguments.h"

namespace spikefit {
namespace {

PoolShape insideShape(Arguments& arguments) {
  const PoolShape shape = poolShape(arguments);
  if (shape.filterHeight < 1 || shape.filterWidth < 1) arguments.fail("the filter", "at least 1×1");
  const auto reach = [](int outputs, int stride, int filter) {
    return outputs == 0 ? 0 : (static_cast<std::int64_t>(outputs) - 1) * stride + filter;
  };
  if (shape.padTop != 0 || shape.padLeft != 0 ||
      reach(shape.outputHeight, shape.strideHeight, shape.filterHeight) > shape.inputHeight ||
      reach(shape.outputWidth, shape.strideWidth, shape.filterWidth) > shape.inputWidth) {
    arguments.fail("every window", "inside the image");
  }
  return shape;
}

}  // namespace

void bindAveragePoolForward(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "averagePoolForward");
  const PoolShape shape = insideShape(arguments);
  const float* x = arguments.floats("x", shape.inputSize());
  float* y = arguments.floats("y", shape.outputSize());
  submit([=] { currentKernels().averagePoolForward(shape, x, y); });
}

void bindAveragePoolGradient(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "averagePoolGradient");
  const PoolShape shape = insideShape(arguments);
  const float* dy = arguments.floats("dy", shape.outputSize());
  float* dx = arguments.floats("dx", shape.inputSize());
  submit([=] { currentKernels().averagePoolGradient(shape, dy, dx); });
}

}  // namespace spikefit
