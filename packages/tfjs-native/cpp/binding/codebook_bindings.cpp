// The kernels of codebooks; as in bindings.cpp, arguments in, kernel called.
#include "../kernels/kernel_table.h"
#include "arguments.h"
#include "bindings.h"
#include "shape_arguments.h"

namespace spikefit {
namespace {

// The first argument: dimensions [size, groups, levels].
CodebookShape codebookShape(Arguments& arguments) {
  const std::int32_t* d = arguments.dimensions(3);
  if (d[1] < 1 || d[0] % d[1] != 0) arguments.fail("the size", "a multiple of the groups");
  if (d[2] < 1 || d[2] > 256) arguments.fail("the levels", "1 to 256");
  return CodebookShape{static_cast<std::size_t>(d[0]), static_cast<std::size_t>(d[1]), d[2]};
}

}  // namespace

void bindCodebookForward(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "codebookForward");
  const CodebookShape shape = codebookShape(arguments);
  const float* weights = arguments.floats("weights", shape.size);
  const std::uint8_t* assignments = arguments.bytesOrNull("assignments", shape.size);
  const float* midpoints = arguments.floats("midpoints", (shape.levels - 1) * shape.groups);
  const float* levels = arguments.floats("levels", shape.levels * shape.groups);
  float* y = arguments.floats("y", shape.size);
  submit([=] { currentKernels().codebookForward(shape, weights, assignments, midpoints, levels, y); });
}

void bindCodebookGradient(const Napi::CallbackInfo& info) {
  Arguments arguments(info, "codebookGradient");
  const CodebookShape shape = codebookShape(arguments);
  const float* dy = arguments.floats("dy", shape.size);
  const float* weights = arguments.floats("weights", shape.size);
  const std::uint8_t* assignments = arguments.bytesOrNull("assignments", shape.size);
  const float* midpoints = arguments.floats("midpoints", (shape.levels - 1) * shape.groups);
  const float* lowest = arguments.floats("lowest", shape.groups);
  const float* highest = arguments.floats("highest", shape.groups);
  float* dWeights = arguments.floats("dWeights", shape.size);
  float* sums = arguments.floats("sums", shape.groups * shape.levels);
  float* counts = arguments.floats("counts", shape.groups * shape.levels);
  submit([=] { currentKernels().codebookGradient(shape, dy, weights, assignments, midpoints, lowest, highest, dWeights, sums,
                                    counts); });
}

}  // namespace spikefit
