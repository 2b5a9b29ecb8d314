// The kernels that read or write spikes as bits; as in bindings.cpp, arguments in, kernel called.
#include "../kernels/kernel_table.h"
#include "arguments.h"
#include "bindings.h"
#include "shape_arguments.h"

namespace spikefit {
namespace {

// The first argument: dimensions [size].
std::size_t spikeCount(Arguments& arguments) { return static_cast<std::size_t>(arguments.dimensions(1)[0]); }

}  // namespace

Napi::Value bindPackSpikes(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "packSpikes");
  const std::size_t size = spikeCount(arguments);
  const float* x = arguments.floats("x", size);
  std::uint8_t* bits = arguments.bytes("bits", spikeBytes(size));
  return Napi::Boolean::New(info.Env(), currentKernels().packSpikes(size, x, bits));
}

void bindSpikeConvolutionForward(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "spikeConvolutionForward");
  const ConvolutionShape shape = convolutionShape(arguments);
  const std::uint8_t* bits = arguments.bytes("bits", spikeBytes(shape.inputSize()));
  const float* filter = arguments.floats("filter", shape.filterSize());
  const float* bias = arguments.floatsOrNull("bias", static_cast<std::size_t>(shape.outputChannels));
  float* y = arguments.floats("y", shape.outputSize());
  submit([=] { currentKernels().spikeConvolutionForward(shape, bits, filter, bias, y); });
}

void bindSpikeConvolutionForwardGrid(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "spikeConvolutionForwardGrid");
  const ConvolutionShape shape = convolutionShape(arguments);
  const std::uint8_t* bits = arguments.bytes("bits", spikeBytes(shape.inputSize()));
  const float* filter = arguments.floats("filter", shape.filterSize());
  GridSteps grid{};
  grid.steps = arguments.parameter("steps", shape.outputChannels, grid.count);
  const float* bias = arguments.floatsOrNull("bias", static_cast<std::size_t>(shape.outputChannels));
  float* y = arguments.floats("y", shape.outputSize());
  submit([=] { currentKernels().spikeConvolutionForwardGrid(shape, bits, filter, grid, bias, y); });
}

void bindSpikeConvolutionFilterGradient(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "spikeConvolutionFilterGradient");
  const ConvolutionShape shape = convolutionShape(arguments);
  const std::uint8_t* bits = arguments.bytes("bits", spikeBytes(shape.inputSize()));
  const float* dy = arguments.floats("dy", shape.outputSize());
  float* dFilter = arguments.floats("dFilter", shape.filterSize());
  submit([=] { currentKernels().spikeConvolutionFilterGradient(shape, bits, dy, dFilter); });
}

void bindUnpackSpikes(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "unpackSpikes");
  const std::size_t size = spikeCount(arguments);
  const std::uint8_t* bits = arguments.bytes("bits", spikeBytes(size));
  float* x = arguments.floats("x", size);
  submit([=] { currentKernels().unpackSpikes(size, bits, x); });
}

}  // namespace spikefit
