// Dimensions from JavaScript as the structures of kernels/shapes.h, checked so that no kernel can overflow a number:
// sizes fit std::size_t, positions of windows fit int, with room to add one to the other.
#pragma once

#include <cstdlib>
#include <initializer_list>

#include "../kernels/shapes.h"
#include "arguments.h"

namespace spikefit {

// The most elements of one tensor (2^33 is the most that a typed array of JavaScript holds).
constexpr std::size_t kLargestTensor = std::size_t{1} << 33;
constexpr std::int64_t kLargestPosition = std::int64_t{1} << 29;
constexpr int kLargestWindow = 1 << 16;

// The extents of a tensor; a zero does not make it small, since kernels multiply some of the others.
inline void checkTensor(Arguments& arguments, std::initializer_list<std::int64_t> extents) {
  std::size_t size = 1;
  for (const std::int64_t extent : extents) {
    if (__builtin_mul_overflow(size, extent > 1 ? extent : 1, &size) || size > kLargestTensor) {
      arguments.fail("the dimensions", "those of a tensor of at most 2^33 elements");
    }
  }
}

// One axis of a window that slides over an image.
inline void checkWindow(Arguments& arguments, std::int64_t input, std::int64_t output, std::int64_t filter,
                        std::int64_t stride, std::int64_t pad) {
  if (stride < 1) arguments.fail("the strides", "at least 1");
  if (filter > kLargestWindow) arguments.fail("the filter", "at most 65536 wide and high");
  if (input > kLargestPosition || output * stride + filter > kLargestPosition || std::llabs(pad) > kLargestPosition) {
    arguments.fail("the dimensions", "those of an image of at most 2^29 rows and columns");
  }
}

// [batch, inputHeight, inputWidth, inputChannels, outputHeight, outputWidth, outputChannels, filterHeight, filterWidth,
// strideHeight, strideWidth, padTop, padLeft]
inline ConvolutionShape convolutionShape(Arguments& arguments) {
  const std::int32_t* d = arguments.dimensions(13, 11);
  const ConvolutionShape shape{d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12]};
  checkTensor(arguments, {d[0], d[1], d[2], d[3]});
  checkTensor(arguments, {d[0], d[4], d[5], d[6]});
  checkTensor(arguments, {d[7], d[8], d[3], d[6]});
  checkWindow(arguments, d[1], d[4], d[7], d[9], d[11]);
  checkWindow(arguments, d[2], d[5], d[8], d[10], d[12]);
  return shape;
}

// [batch, rows, columns, depth, transposeA, transposeB, repeatA, repeatB]
inline MatrixProductShape matrixProductShape(Arguments& arguments) {
  const std::int32_t* d = arguments.dimensions(8);
  checkTensor(arguments, {d[0], d[1], d[3]});
  checkTensor(arguments, {d[0], d[3], d[2]});
  checkTensor(arguments, {d[0], d[1], d[2]});
  const std::size_t rows = d[1], columns = d[2], depth = d[3];
  return MatrixProductShape{d[0],      d[1],      d[2],
                            d[3],      d[4] != 0, d[5] != 0,
                            d[6] != 0 ? 0 : rows * depth, d[7] != 0 ? 0 : depth * columns};
}

// [batch, inputHeight, inputWidth, channels, outputHeight, outputWidth, filterHeight, filterWidth, strideHeight,
// strideWidth, padTop, padLeft]
inline PoolShape poolShape(Arguments& arguments) {
  const std::int32_t* d = arguments.dimensions(12, 10);
  const PoolShape shape{d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11]};
  checkTensor(arguments, {d[0], d[1], d[2], d[3]});
  checkTensor(arguments, {d[0], d[4], d[5], d[3]});
  checkWindow(arguments, d[1], d[4], d[6], d[8], d[10]);
  checkWindow(arguments, d[2], d[5], d[7], d[9], d[11]);
  return shape;
}

// A shape without sizes, from five of its dimensions: [repeat, neuron, hard reset, strictly greater, resetDelay].
inline NeuronShape neuronRule(Arguments& arguments, const std::int32_t* d) {
  if (d[1] > 2) arguments.fail("the neuron", "0, 1 or 2");
  NeuronShape shape{};
  shape.repeat = d[0] != 0;
  shape.neuron = static_cast<Neuron>(d[1]);
  shape.hardReset = d[2] != 0;
  shape.strictlyGreater = d[3] != 0;
  shape.resetDelay = d[4] != 0;
  return shape;
}

// [timeSteps, neurons per step, channels], then those of neuronRule
inline NeuronShape neuronShape(Arguments& arguments) {
  const std::int32_t* d = arguments.dimensions(8);
  if (d[0] < 1 || d[2] < 1) arguments.fail("timeSteps and channels", "at least 1");
  if (d[1] % d[2] != 0) arguments.fail("the number of neurons", "a multiple of the channels");
  NeuronShape shape = neuronRule(arguments, d + 3);
  checkTensor(arguments, {d[0], d[1]});
  shape.timeSteps = d[0];
  shape.perStep = static_cast<std::size_t>(d[1]);
  shape.channels = d[2];
  return shape;
}

// Three numbers: surrogate, its parameter, detachReset.
inline SurrogateShape surrogateShape(Arguments& arguments) {
  const double kind = arguments.number("surrogate");
  if (!(kind >= 0 && kind <= 4)) arguments.fail("surrogate", "0 to 4");
  SurrogateShape surrogate{};
  surrogate.surrogate = static_cast<Surrogate>(static_cast<int>(kind));
  surrogate.parameter = static_cast<float>(arguments.number("surrogateParameter"));
  surrogate.detachReset = arguments.number("detachReset") != 0;
  return surrogate;
}

// What spikes take as bits.
constexpr std::size_t spikeBytes(std::size_t spikes) { return (spikes + 7) / 8; }

// [rows, channels]
inline ChannelShape channelShape(Arguments& arguments) {
  const std::int32_t* d = arguments.dimensions(2);
  if (d[1] < 1) arguments.fail("channels", "at least 1");
  checkTensor(arguments, {d[0], d[1]});
  return ChannelShape{static_cast<std::size_t>(d[0]), d[1]};
}

}  // namespace spikefit
