#include "bindings.h"
#include "shape_arguments.h"

namespace spikefit {

void bindConvolutionInputGradientBfloat16(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "convolutionInputGradientBfloat16");
  const ConvolutionShape shape = convolutionShape(arguments);
  const float* dy = arguments.floats("dy", shape.outputSize());
  const float* filter = arguments.floats("filter", shape.filterSize());
  float* dx = arguments.floats("dx", shape.inputSize());
  submit([=] { currentKernels().convolutionInputGradientBfloat16(shape, dy, filter, dx); });
}

void bindMatrixProductBfloat16(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "matrixProductBfloat16");
  const MatrixProductShape shape = matrixProductShape(arguments);
  const float* a = arguments.floats("a", shape.sizeA());
  const float* b = arguments.floats("b", shape.sizeB());
  float* c = arguments.floats("c", shape.sizeC());
  submit([=] { currentKernels().matrixProductBfloat16(shape, a, b, c); });
}

}  // namespace spikefit
