// How a spike block is cut into tasks, and its tasks into lane groups: up to kGroup neighbouring channels of all
// positions of one pool window (of one position, or any neighbouring elements, without a pool).
//
// A task is a run of whole output rows of one or more images, or without a pool a run of elements: of every step.
// Both depend on the shape alone.
#pragma once

#include "../runtime/scratch.h"
#include "../simd/parallel.h"
#include "batch_norm_statistics.h"
#include "channel_parameter.h"
#include "shapes.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

struct SpikeBlockTasks {
  std::size_t total;  // output rows, or elements without a pool
  std::size_t chunk;  // of them in a task
  std::size_t outputPerUnit;
  std::size_t count() const { return divideUp(total, chunk); }
};

SPIKEFIT_INLINE SpikeBlockTasks spikeBlockTasks(const SpikeBlockShape& shape) {
  constexpr std::size_t kElements = 8192, kMaximumTasks = 512;
  if (shape.poolSize == 1) {
    const std::size_t least = divideUp(divideUp(shape.neuron.perStep, kMaximumTasks), 256) * 256;
    return {shape.neuron.perStep, larger(kElements, least), 1};
  }
  const std::size_t rows = static_cast<std::size_t>(shape.batch) * shape.outputHeight();
  const std::size_t rowElements =
      larger(1, static_cast<std::size_t>(shape.poolSize) * shape.width * shape.neuron.channels);
  const std::size_t chunk = larger(larger(1, kElements / rowElements), divideUp(rows, kMaximumTasks));
  return {rows, chunk, static_cast<std::size_t>(shape.outputWidth()) * shape.neuron.channels};
}

struct LaneGroup {
  std::size_t input;   // index of the first position in a step of x
  std::size_t output;  // index in a step of the output
  std::size_t channel;
  int count;
};

// The groups of task units [begin, end), in the order of the output: while (groups.next()) groups.at().
template <int kGroup>
class LaneGroups {
 public:
  LaneGroups(const SpikeBlockShape& shape, std::size_t begin, std::size_t end)
      : channels_(shape.neuron.channels),
        size_(shape.poolSize),
        width_(shape.width),
        height_(shape.height),
        outputWidth_(shape.outputWidth()),
        outputHeight_(shape.outputHeight()),
        unit_(begin),
        end_(end) {
    if (size_ == 1) channel_ = begin % channels_;
    else startRow();
  }

  inline __attribute__((always_inline)) bool next() {
    if (unit_ >= end_) return false;
    if (size_ == 1) {
      at_ = LaneGroup{unit_, unit_, channel_, static_cast<int>(smaller(kGroup, end_ - unit_))};
      unit_ += kGroup;
      channel_ += kGroup;
      while (channel_ >= channels_) channel_ -= channels_;
      return true;
    }
    at_ = LaneGroup{input_ + channel_, output_ + channel_, channel_,
                    static_cast<int>(smaller(kGroup, channels_ - channel_))};
    channel_ += kGroup;
    if (channel_ < channels_) return true;
    channel_ = 0;
    input_ += size_ * channels_;
    output_ += channels_;
    if (++column_ == outputWidth_) {
      ++unit_;
      startRow();
    }
    return true;
  }

  const LaneGroup& at() const { return at_; }

 private:
  // A unit is a row of the output.
  inline __attribute__((always_inline)) void startRow() {
    const std::size_t image = unit_ / outputHeight_, line = unit_ % outputHeight_ * size_;
    column_ = channel_ = 0;
    input_ = (image * height_ + line) * width_ * channels_;
    output_ = unit_ * outputWidth_ * channels_;
  }

  std::size_t channels_, size_, width_, height_, outputWidth_, outputHeight_;
  std::size_t unit_, end_, column_ = 0, channel_ = 0, input_ = 0, output_ = 0;
  LaneGroup at_{};
};

// visit(position number, index in a step of x) for the positions of a group's window, in row-major order.
template <typename Visit>
SPIKEFIT_INLINE void forEachPosition(const SpikeBlockShape& shape, std::size_t input, const Visit& visit) {
  const std::size_t channels = shape.neuron.channels;
  for (int line = 0, position = 0; line < shape.poolSize; ++line) {
    for (int column = 0; column < shape.poolSize; ++column, ++position) {
      visit(position, input + (static_cast<std::size_t>(line) * shape.width + column) * channels);
    }
  }
}

// visit(index in a step of x, length) for the runs that no window of these output rows covers: the columns to the
// right of the last window, and the lines below the last row of an image. Runs begin at channel 0.
template <typename Visit>
SPIKEFIT_INLINE void forEachUncoveredRun(const SpikeBlockShape& shape, std::size_t begin, std::size_t end,
                                         const Visit& visit) {
  if (shape.poolSize == 1) return;
  const std::size_t channels = shape.neuron.channels, size = shape.poolSize;
  const std::size_t covered = shape.outputWidth() * size, left = (shape.width - covered) * channels;
  for (std::size_t row = begin; row < end; ++row) {
    const std::size_t image = row / shape.outputHeight(), line = row % shape.outputHeight() * size;
    const std::size_t first = (image * shape.height + line) * shape.width;
    for (std::size_t i = 0; i < size && left > 0; ++i) {
      visit((first + i * shape.width + covered) * channels, left);
    }
    const std::size_t below = shape.height - line - size;
    if (line + size == shape.outputHeight() * size && below > 0) {
      visit((first + size * shape.width) * channels, below * shape.width * channels);
    }
  }
}

// The per-channel parameters side by side, each expanded (channel_parameter.h).
struct SpikeBlockParameters {
  const float* data;
  std::size_t stride;

  Vector mean(std::size_t channel) const { return load(data + channel); }
  Vector scale(std::size_t channel) const { return load(data + stride + channel); }
  Vector shift(std::size_t channel) const { return load(data + 2 * stride + channel); }
  Vector threshold(std::size_t channel) const { return load(data + 3 * stride + channel); }
  Vector reset(std::size_t channel) const { return load(data + 4 * stride + channel); }
};

// What the neuron reads is (x − mean)·scale + shift. `first` and `second` are γ and β (kBatch, with the statistics of
// the batch), or scale and shift (kAffine, mean 0), or unread. In the caller's scratch kParameters.
SPIKEFIT_INLINE SpikeBlockParameters spikeBlockParameters(const SpikeBlockShape& shape, const float* mean,
                                                          const float* variance, const float* first,
                                                          const float* second, const float* threshold,
                                                          const float* reset) {
  const int channels = shape.neuron.channels;
  const std::size_t stride = expandedSize(channels);
  float* const data = scratchFloats(Scratch::kParameters, 5 * stride);
  const bool batch = shape.normalization == Normalization::kBatch;
  const bool none = shape.normalization == Normalization::kNone;
  for (std::size_t i = 0; i < stride; ++i) {
    const std::size_t c = i % channels;
    data[i] = batch ? mean[c] : 0.0f;
    data[stride + i] = none ? 1.0f : batch ? batchNormScale(shape.epsilon, first[c], variance[c]) : first[c];
    data[2 * stride + i] = none ? 0.0f : second[c];
    data[3 * stride + i] = threshold[shape.neuron.thresholdSize == 1 ? 0 : c];
    data[4 * stride + i] = reset[shape.neuron.resetSize == 1 ? 0 : c];
  }
  return {data, stride};
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
