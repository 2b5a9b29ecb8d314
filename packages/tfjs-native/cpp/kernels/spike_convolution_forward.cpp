// convolutionForward for x kept as bits, by subset-sum tables of the filter's rows (tables/subset_sums.h).
#include "../tables/spike_count.h"
#include "sparse_spikes.h"
#include "spike_convolution_task.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

struct FloatTables {
  using Entry = float;
  using Sum = float;
  static constexpr std::size_t kColumns = kBlock;
  static constexpr std::size_t kTableEntries = kTableFloats;
  static constexpr std::size_t kSlice = kSliceGroups;

  const float* biasOrNull;

  void start(std::size_t column, int columns, std::size_t pixels, float* sums) const {
    Vector first[kBlockVectors];
    for (int v = 0; v < kBlockVectors; ++v) {
      const int left = columns - v * kWidth;
      first[v] = biasOrNull != nullptr && left > 0 ? loadUpTo(biasOrNull + column + v * kWidth, left) : splat(0.0f);
    }
    for (std::size_t p = 0; p < pixels; ++p) {
      SPIKEFIT_UNROLL
      for (int v = 0; v < kBlockVectors; ++v) store(sums + p * kBlock + v * kWidth, first[v]);
    }
  }

  inline __attribute__((always_inline)) void build(const float* source, std::size_t stride, int rows, std::size_t,
                                                   int columns, float* table) const {
    buildTable(source, stride, rows, columns, table);
  }

  void add(const Lookup& lookup) const { addLookups(lookup); }

  inline __attribute__((always_inline)) void finish(std::size_t, int columns, const float* sums, float* y) const {
    copyBlock(y, sums, columns);
  }
};

}  // namespace

void spikeConvolutionForward(const ConvolutionShape& shape, const std::uint8_t* bits, const float* filter,
                             const float* biasOrNull, float* y) {
  if (shape.outputSize() == 0) return;
  const std::size_t spikes = countAllSpikes(bits, shape.inputSize());
  if (shape.filterSize() > 0 && spikes < kSparseForward * shape.inputSize()) {
    sparseConvolutionForward(shape, bits, spikes, filter, biasOrNull, y);
    return;
  }
  spikeConvolution(shape, bits, filter, FloatTables{biasOrNull}, y);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
