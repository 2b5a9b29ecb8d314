// The kernels that read or write spikes as bits; as in bindings.cpp, arguments in, kernel called.
#include "../kernels/kernel_table.h"
#include "arguments.h"
#include "bindings.h"

namespace spikefit {
namespace {

// The first argument: dimensions [size].
std::size_t spikeCount(Arguments& arguments) { return static_cast<std::size_t>(arguments.dimensions(1)[0]); }

constexpr std::size_t spikeBytes(std::size_t size) { return (size + 7) / 8; }

}  // namespace

Napi::Value bindPackSpikes(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "packSpikes");
  const std::size_t size = spikeCount(arguments);
  const float* x = arguments.floats("x", size);
  std::uint8_t* bits = arguments.bytes("bits", spikeBytes(size));
  return Napi::Boolean::New(info.Env(), currentKernels().packSpikes(size, x, bits));
}

void bindUnpackSpikes(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "unpackSpikes");
  const std::size_t size = spikeCount(arguments);
  const std::uint8_t* bits = arguments.bytes("bits", spikeBytes(size));
  float* x = arguments.floats("x", size);
  currentKernels().unpackSpikes(size, bits, x);
}

}  // namespace spikefit
