// spikeConvolutionForward for a filter on a grid, w = Δ·z with integers |z| ≤ 128 and one Δ, or one per output channel:
// y = Δ · Σ z + bias. The sum is exact, and y is rounded once (twice with a bias: in double, then to float).
#include "../tables/integer_sums.h"
#include "kernels.h"
#include "spike_convolution_task.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

struct IntegerTables {
  using Entry = std::int16_t;
  using Sum = std::int32_t;
  static constexpr std::size_t kColumns = kIntegerBlock;
  static constexpr std::size_t kTableEntries = kTableShorts;
  static constexpr std::size_t kSlice = kIntegerSliceGroups;

  const float *steps, *inverses, *biases;  // by output channel, with zeros past the last one's block

  void start(std::size_t, int, std::size_t pixels, std::int32_t* sums) const {
    __builtin_memset(sums, 0, pixels * kColumns * sizeof *sums);
  }

  void build(const float* source, std::size_t stride, int rows, std::size_t column, int columns,
             std::int16_t* table) const {
    buildIntegerTable(source, stride, rows, columns, inverses + column, table);
  }

  void add(const IntegerLookup& lookup) const { addIntegerLookups(lookup); }

  void finish(std::size_t column, int columns, const std::int32_t* sums, float* y) const {
    const float* const step = steps + column;
    const float* const bias = biases + column;
    for (int c = 0; c < columns; ++c) {
      y[c] = static_cast<float>(static_cast<double>(step[c]) * sums[c] + static_cast<double>(bias[c]));
    }
  }
};

}  // namespace

void spikeConvolutionForwardGrid(const ConvolutionShape& shape, const std::uint8_t* bits, const float* filter,
                                 const GridSteps& grid, const float* biasOrNull, float* y) {
  const std::size_t channels = shape.outputChannels;
  const std::size_t padded = divideUp(channels, kIntegerBlock) * kIntegerBlock;
  float* const steps = scratchFloats(Scratch::kParameters, larger(1, 3 * padded));
  clearFloats(steps, 3 * padded);
  float* const inverses = steps + padded;
  float* const biases = inverses + padded;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    steps[channel] = grid.steps[grid.count == 1 ? 0 : channel];
    inverses[channel] = 1.0f / steps[channel];
    if (biasOrNull != nullptr) biases[channel] = biasOrNull[channel];
  }
  spikeConvolution(shape, bits, filter, IntegerTables{steps, inverses, biases}, y);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
