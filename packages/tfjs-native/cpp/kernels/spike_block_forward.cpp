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
#include "spike_block_group.h"

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
  SpikeBlockShape shape;
  SpikeBlockParameters parameters;
  const float* x;
  float decay;
  unsigned char* bits;
  std::size_t ahead;  // floats from a group's x to that of the next
};

// All ones in the lanes of a group that have a neuron.
SPIKEFIT_INLINE void validLanes(int count, Mask* valid) {
  Mask lane;
  SPIKEFIT_UNROLL
  for (int i = 0; i < kWidth; ++i) lane[i] = i;
  SPIKEFIT_UNROLL
  for (int v = 0; v < kVectors; ++v) valid[v] = lane < count - v * kWidth;
}

// Runs the neurons of a group at one position: ORs their spikes at every step into fired[t × kVectors + v], and counts
// them, negative, in the lanes of `counts`.
template <Neuron kNeuron, bool kHard, bool kDelay, int kSteps>
SPIKEFIT_INLINE void fire(const Data& data, const GroupParameters& group, std::size_t input, int count,
                          const Mask* valid, Mask* fired, Mask* counts) {
  const NeuronShape& shape = data.shape.neuron;
  const Vector decay = splat(data.decay);
  Membrane state[kVectors];
  Vector x[kVectors], y[kVectors];
  SPIKEFIT_UNROLL
  for (int v = 0; v < kVectors; ++v) state[v] = Membrane{group.reset.at[v], Mask{}};
  forEachStep<kSteps>(shape.timeSteps, [&](int t) SPIKEFIT_LAMBDA {
    if (t == 0 || !shape.repeat) {
      const float* const source = data.x + t * shape.perStep + input;
      loadGroup(source, count, x);
      __builtin_prefetch(source + 2 * data.ahead);
      SPIKEFIT_UNROLL
      for (int v = 0; v < kVectors; ++v) y[v] = group.normalized(v, x[v]);
    }
    SPIKEFIT_UNROLL
    for (int v = 0; v < kVectors; ++v) {
      stepForward<kNeuron, kHard, kDelay>(state[v], y[v], decay, group.threshold.at[v], group.reset.at[v],
                                          group.limit.at[v]);
      const Mask spikes = state[v].fired & valid[v];
      fired[t * kVectors + v] |= spikes;
      counts[v] += spikes;
    }
  });
}

// The bits of a group's spikes at one step, the first channel lowest.
SPIKEFIT_INLINE unsigned groupBits(const Mask* fired) {
  unsigned bits = 0;
  SPIKEFIT_UNROLL
  for (int v = 0; v < kVectors; ++v) bits |= bitsOf(fired[v]) << (v * kWidth);
  return bits;
}

SPIKEFIT_INLINE std::size_t countOf(const Mask* counts) {
  std::size_t total = 0;
  for (int v = 0; v < kVectors; ++v) {
    for (int lane = 0; lane < kWidth; ++lane) total += static_cast<std::size_t>(-counts[v][lane]);
  }
  return total;
}

// The spikes of neurons outside all windows: they count, and pass nothing on. `fired` is overwritten.
template <Neuron kNeuron, bool kHard, bool kDelay>
__attribute__((noinline)) std::size_t uncoveredSpikes(const Data& data, Mask* fired, std::size_t begin,
                                                      std::size_t end) {
  Mask valid[kVectors], counts[kVectors] = {};
  forEachUncoveredRun(data.shape, begin, end, [&](std::size_t input, std::size_t length) {
    for (std::size_t i = 0; i < length; i += kGroup) {
      const int count = static_cast<int>(smaller(kGroup, length - i));
      const NeuronShape& neuron = data.shape.neuron;
      validLanes(count, valid);
      fire<kNeuron, kHard, kDelay, 0>(data, GroupParameters::of(data.parameters, i % neuron.channels, neuron),
                                      input + i, count, valid, fired, counts);
    }
  });
  return countOf(counts);
}

// One task; gives the number of spikes before the pool.
template <Neuron kNeuron, bool kHard, bool kDelay, int kSteps>
std::size_t runTask(const Data& given, const SpikeBlockTasks& tasks, std::size_t begin, std::size_t end) {
  Data data = given;
  if (kSteps > 0) data.shape.neuron.timeSteps = kSteps;
  const SpikeBlockShape& shape = data.shape;
  const int steps = shape.neuron.timeSteps, positions = shape.poolSize * shape.poolSize;
  const std::size_t channels = shape.neuron.channels;
  const std::size_t firedFloats = static_cast<std::size_t>(steps) * kGroup;
  float* const space = scratchFloats(Scratch::kTile, firedFloats + divideUp(sizeof(BitRun), sizeof(float)) * steps);
  Mask* const fired = reinterpret_cast<Mask*>(space);
  BitRun* const runs = reinterpret_cast<BitRun*>(space + firedFloats);
  for (int t = 0; t < steps; ++t) {
    runs[t] = BitRun(data.bits, t * shape.outputPerStep() + begin * tasks.outputPerUnit);
  }
  Mask valid[kVectors], counts[kVectors] = {};
  LaneGroups<kGroup> groups(shape, begin, end);
  while (groups.next()) {
    const LaneGroup& lanes = groups.at();
    const GroupParameters group = GroupParameters::of(data.parameters, lanes.channel, shape.neuron);
    validLanes(lanes.count, valid);
    for (int i = 0; i < steps * kVectors; ++i) fired[i] = Mask{};
    for (int position = 0, line = 0, column = 0; position < positions; ++position) {
      const std::size_t input = lanes.input + (static_cast<std::size_t>(line) * shape.width + column) * channels;
      fire<kNeuron, kHard, kDelay, kSteps>(data, group, input, lanes.count, valid, fired, counts);
      if (++column == shape.poolSize) {
        column = 0;
        ++line;
      }
    }
    for (int t = 0; t < steps; ++t) {
      BitRun run = runs[t];
      run.push(groupBits(fired + t * kVectors), lanes.count);
      runs[t] = run;
    }
  }
  for (int t = 0; t < steps; ++t) runs[t].finish();
  return countOf(counts) + uncoveredSpikes<kNeuron, kHard, kDelay>(given, fired, begin, end);
}

template <Neuron kNeuron, bool kHard, bool kDelay>
std::size_t chooseSteps(const Data& data, const SpikeBlockTasks& tasks, std::size_t begin, std::size_t end) {
  return data.shape.neuron.timeSteps == 4 ? runTask<kNeuron, kHard, kDelay, 4>(data, tasks, begin, end)
                                          : runTask<kNeuron, kHard, kDelay, 0>(data, tasks, begin, end);
}

template <Neuron kNeuron>
std::size_t choose(const Data& data, const SpikeBlockTasks& tasks, std::size_t begin, std::size_t end) {
  const bool delay = data.shape.neuron.resetDelay;
  if (data.shape.neuron.hardReset) {
    return delay ? chooseSteps<kNeuron, true, true>(data, tasks, begin, end)
                 : chooseSteps<kNeuron, true, false>(data, tasks, begin, end);
  }
  return delay ? chooseSteps<kNeuron, false, true>(data, tasks, begin, end)
               : chooseSteps<kNeuron, false, false>(data, tasks, begin, end);
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
  const Data data{shape, parameters, x, decay, bits, groupDistance(shape)};
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
