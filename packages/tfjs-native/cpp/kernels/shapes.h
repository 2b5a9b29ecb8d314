// Plain descriptions of what a kernel works on. All tensors are dense float32; NHWC images, HWIO filters.
#pragma once

#include <cstddef>

// Kernels of every instruction set call these: no shared copy may be left to the linker (simd/vector.h).
#define SPIKEFIT_SHAPE_INLINE inline __attribute__((always_inline))

namespace spikefit {

struct ConvolutionShape {
  int batch, inputHeight, inputWidth, inputChannels;
  int outputHeight, outputWidth, outputChannels;
  int filterHeight, filterWidth, strideHeight, strideWidth, padTop, padLeft;

  std::size_t inputSize() const {
    return static_cast<std::size_t>(batch) * inputHeight * inputWidth * inputChannels;
  }
  std::size_t outputPixels() const { return static_cast<std::size_t>(batch) * outputHeight * outputWidth; }
  std::size_t outputSize() const { return outputPixels() * outputChannels; }
  std::size_t filterSize() const {
    return static_cast<std::size_t>(filterHeight) * filterWidth * inputChannels * outputChannels;
  }
};

struct PoolShape {
  int batch, inputHeight, inputWidth, channels;
  int outputHeight, outputWidth;
  int filterHeight, filterWidth, strideHeight, strideWidth, padTop, padLeft;

  std::size_t inputSize() const { return static_cast<std::size_t>(batch) * inputHeight * inputWidth * channels; }
  std::size_t outputSize() const {
    return static_cast<std::size_t>(batch) * outputHeight * outputWidth * channels;
  }
};

// c[rows × columns] = op(a) · op(b) per matrix of the batch; op(a) is [rows × depth], op(b) [depth × columns].
// A batch stride of 0 repeats one matrix.
struct MatrixProductShape {
  int batch, rows, columns, depth;
  bool transposeA, transposeB;
  std::size_t batchStrideA, batchStrideB;

  std::size_t sizeA() const { return (batchStrideA == 0 ? 1 : batch) * static_cast<std::size_t>(rows) * depth; }
  std::size_t sizeB() const { return (batchStrideB == 0 ? 1 : batch) * static_cast<std::size_t>(depth) * columns; }
  std::size_t sizeC() const { return static_cast<std::size_t>(batch) * rows * columns; }
};

enum class Neuron { kIntegrateAndFire = 0, kLeaky = 1, kLeakyDecayInput = 2 };
enum class Surrogate { kAtan = 0, kSigmoid = 1, kFastSigmoid = 2, kTriangle = 3, kRectangle = 4 };

// `perStep` neurons (B · … · C) over `timeSteps` steps, time outermost. A parameter holds 1 or `channels`
// values; channels is the last axis.
struct NeuronShape {
  int timeSteps;
  std::size_t perStep;
  int channels;
  int thresholdSize, resetSize;
  bool repeat;  // x is [perStep], the same at every step
  Neuron neuron;
  bool hardReset, strictlyGreater, resetDelay;
};

struct SurrogateShape {
  Surrogate surrogate;
  float parameter;
  bool detachReset;
};

// [rows × channels], channels contiguous.
struct ChannelShape {
  std::size_t rows;
  int channels;
};

// What comes between the input and the neuron: nothing, x·scale + shift, or batch norm with the batch's statistics.
enum class Normalization { kNone = 0, kAffine = 1, kBatch = 2 };

// Normalisation, neuron over all steps, max pool with windows of poolSize × poolSize and the same stride (1: none).
// One step is [batch × height × width × channels]; neuron.perStep is its size. Incomplete windows are left out.
struct SpikeBlockShape {
  NeuronShape neuron;
  int batch, height, width, poolSize;
  Normalization normalization;
  double epsilon;

  SPIKEFIT_SHAPE_INLINE int outputHeight() const { return height / poolSize; }
  SPIKEFIT_SHAPE_INLINE int outputWidth() const { return width / poolSize; }
  SPIKEFIT_SHAPE_INLINE std::size_t outputPerStep() const {
    return static_cast<std::size_t>(batch) * outputHeight() * outputWidth() * neuron.channels;
  }
  // Elements of x: of one step when it repeats.
  SPIKEFIT_SHAPE_INLINE std::size_t inputSize() const {
    return neuron.repeat ? neuron.perStep : neuron.perStep * neuron.timeSteps;
  }
};

// [outer × reduced × inner], summed over the middle axis.
struct AxisSumShape {
  std::size_t outer, reduced, inner;
};

struct AdamShape {
  std::size_t size;
  double learningRate, beta1, beta2, epsilon, weightDecay;
  double step;  // 1 for the first
};

struct SgdShape {
  std::size_t size;
  double learningRate, momentum, weightDecay;
};

// [rows × classes]; the loss is the sum over the rows times `scale`.
struct CrossEntropyShape {
  std::size_t rows, classes;
  double scale;
};

enum class BinaryOperation { kAdd = 0, kSubtract = 1, kMultiply = 2, kDivide = 3 };

// a is [outer × inner]; b is [outer × inner] or, when repeatB, [inner] repeated.
struct BinaryShape {
  std::size_t outer, inner;
  bool repeatB;
  bool swap;  // compute b ∘ a
  BinaryOperation operation;
};

// `size` weights, the groups their last axis; 1 group: one codebook for all. At most 256 levels.
struct CodebookShape {
  std::size_t size, groups;
  int levels;
};

// Steps Δ of a filter whose values are integers times Δ: one, or one per output channel.
struct GridSteps {
  const float* steps;
  int count;
};

}  // namespace spikefit
