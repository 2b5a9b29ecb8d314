// Normalisation, spiking neurons over all steps and max pool in one pass over x; the output is bits.
//
//   y = (x − mean)·scale + shift per channel, with γ/√(variance + ε) and β for batch norm (the statistics of the
//   batch are summed first), or any scale and shift with mean 0; then the neurons of neuron_forward.cpp, then the
//   OR of each window's spikes. Same operations in the same order as the separate kernels: the same spikes.
//
// Only the bits are written. Tasks write their own runs of them; bytes that two runs share are joined by an atomic
// OR, whose result does not depend on the order.
#include "../simd/spike_bits.h"
#include "batch_norm_statistics.h"
#include "kernels.h"
#include "neuron_step.h"
#include "spike_block_layout.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

// Writes consecutive bits from any bit of memory that was cleared before.
class BitRun {
 public:
  BitRun(unsigned char* bits, std::size_t start)
      : next_(bits + start / 8), pending_(0), filled_(static_cast<int>(start % 8)), shared_(filled_ != 0) {}

  // `bits` has no more than the `count` ≤ 16 lowest bits.
  void push(unsigned bits, int count) {
    pending_ |= bits << filled_;
    filled_ += count;
    while (filled_ >= 8) {
      if (shared_) join();
      else *next_ = static_cast<unsigned char>(pending_);
      shared_ = false;
      ++next_;
      pending_ >>= 8;
      filled_ -= 8;
    }
  }

  void finish() {
    if (filled_ > 0) join();
  }

 private:
  void join() { __atomic_fetch_or(next_, static_cast<unsigned char>(pending_), __ATOMIC_RELAXED); }

  unsigned char* next_;
  unsigned pending_;
  int filled_;
  bool shared_;  // another task writes the low bits of *next_
};

struct Data {
  const SpikeBlockShape& shape;
  SpikeBlockParameters parameters;
  const float* x;
  float decay;
  unsigned char* bits;
};

// ORs the spikes of `count` neurons at every step into fired[t]; gives their number.
template <Neuron kNeuron, bool kHard, bool kDelay>
SPIKEFIT_INLINE std::size_t fire(const Data& data, std::size_t input, std::size_t channel, int count,
                                 unsigned* fired) {
  const NeuronShape& neuron = data.shape.neuron;
  const Vector decay = splat(data.decay);
  const Vector mean = data.parameters.mean(channel), scale = data.parameters.scale(channel);
  const Vector shift = data.parameters.shift(channel), threshold = data.parameters.threshold(channel);
  const Vector reset = data.parameters.reset(channel), limit = firingLimit(neuron.strictlyGreater, threshold);
  const unsigned lanes = (1u << count) - 1;
  const std::size_t stride = neuron.repeat ? 0 : neuron.perStep;
  Membrane state{reset, Mask{}};
  std::size_t spikes = 0;
  for (int t = 0; t < neuron.timeSteps; ++t) {
    const Vector x = loadUpTo(data.x + t * stride + input, count);
    stepForward<kNeuron, kHard, kDelay>(state, (x - mean) * scale + shift, decay, threshold, reset, limit);
    const unsigned bits = bitsOf(state.fired) & lanes;
    fired[t] |= bits;
    spikes += static_cast<std::size_t>(__builtin_popcount(bits));
  }
  return spikes;
}

// One task; gives the number of spikes before the pool.
template <Neuron kNeuron, bool kHard, bool kDelay>
std::size_t runTask(const Data& data, const SpikeBlockTasks& tasks, std::size_t begin, std::size_t end) {
  const SpikeBlockShape& shape = data.shape;
  const int steps = shape.neuron.timeSteps, channels = shape.neuron.channels;
  const std::size_t runFloats = divideUp(sizeof(BitRun), sizeof(float)) * steps;
  float* const space = scratchFloats(Scratch::kTile, runFloats + steps);
  BitRun* const runs = reinterpret_cast<BitRun*>(space);
  unsigned* const fired = reinterpret_cast<unsigned*>(space + runFloats);
  for (int t = 0; t < steps; ++t) {
    runs[t] = BitRun(data.bits, t * shape.outputPerStep() + begin * tasks.outputPerUnit);
  }
  std::size_t spikes = 0;
  LaneGroups<kWidth> groups(shape, begin, end);
  while (groups.next()) {
    const LaneGroup group = groups.at();
    for (int t = 0; t < steps; ++t) fired[t] = 0;
    forEachPosition(shape, group.input, [&](int, std::size_t input) {
      spikes += fire<kNeuron, kHard, kDelay>(data, input, group.channel, group.count, fired);
    });
    for (int t = 0; t < steps; ++t) runs[t].push(fired[t], group.count);
  }
  for (int t = 0; t < steps; ++t) runs[t].finish();
  // Neurons outside all windows count, and pass nothing on.
  forEachUncoveredRun(shape, begin, end, [&](std::size_t input, std::size_t length) {
    for (std::size_t i = 0; i < length; i += kWidth) {
      const int count = static_cast<int>(smaller(kWidth, length - i));
      spikes += fire<kNeuron, kHard, kDelay>(data, input + i, i % channels, count, fired);
    }
  });
  return spikes;
}

template <Neuron kNeuron>
std::size_t choose(const Data& data, const SpikeBlockTasks& tasks, std::size_t begin, std::size_t end) {
  const bool delay = data.shape.neuron.resetDelay;
  if (data.shape.neuron.hardReset) {
    return delay ? runTask<kNeuron, true, true>(data, tasks, begin, end)
                 : runTask<kNeuron, true, false>(data, tasks, begin, end);
  }
  return delay ? runTask<kNeuron, false, true>(data, tasks, begin, end)
               : runTask<kNeuron, false, false>(data, tasks, begin, end);
}

}  // namespace

std::size_t spikeBlockForward(const SpikeBlockShape& shape, const float* x, float decay, const float* threshold,
                              const float* reset, const float* firstOrNull, const float* secondOrNull,
                              unsigned char* bits, float* meanOrNull, float* varianceOrNull) {
  if (shape.normalization == Normalization::kBatch) {
    batchNormStatistics(ChannelShape{shape.inputSize() / shape.neuron.channels, shape.neuron.channels}, x,
                        meanOrNull, varianceOrNull);
  }
  const SpikeBlockParameters parameters = spikeBlockParameters(shape, meanOrNull, varianceOrNull, firstOrNull,
                                                               secondOrNull, threshold, reset);
  const Data data{shape, parameters, x, decay, bits};
  const SpikeBlockTasks tasks = spikeBlockTasks(shape);
  const std::size_t bytes = divideUp(shape.outputPerStep() * shape.neuron.timeSteps, 8);
  __builtin_memset(bits, 0, bytes);
  double* const counts = scratchDoubles(Scratch::kPartials, tasks.count());
  parallelChunks(tasks.total, tasks.chunk, [&](std::size_t begin, std::size_t end) {
    std::size_t spikes = 0;
    switch (shape.neuron.neuron) {
      case Neuron::kIntegrateAndFire:
        spikes = choose<Neuron::kIntegrateAndFire>(data, tasks, begin, end);
        break;
      case Neuron::kLeaky: spikes = choose<Neuron::kLeaky>(data, tasks, begin, end); break;
      case Neuron::kLeakyDecayInput: spikes = choose<Neuron::kLeakyDecayInput>(data, tasks, begin, end); break;
    }
    counts[begin / tasks.chunk] = static_cast<double>(spikes);
  });
  std::size_t spikes = 0;
  for (std::size_t task = 0; task < tasks.count(); ++task) spikes += static_cast<std::size_t>(counts[task]);
  return spikes;
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
