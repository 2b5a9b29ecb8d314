#include "panels.h"

#include "../simd/parallel.h"
#include "transpose.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

void packPanelRows(const float* source, std::size_t rowStride, std::size_t columnStride, std::size_t row,
                   std::size_t rows, std::size_t depth, std::size_t columns, std::size_t index, float* panels) {
  const std::size_t first = index * kPanelWidth;
  const std::size_t width = panelWidth(columns, first);
  const std::size_t valid = smaller(width, columns - first);
  float* const target = panels + index * depth * kPanelWidth + row * width;
  const float* const from = source + first * columnStride;
  if (columnStride == 1) {
    for (std::size_t r = 0; r < rows; ++r) {
      copyFloats(target + r * width, from + r * rowStride, valid);
      for (std::size_t c = valid; c < width; ++c) target[r * width + c] = 0.0f;
    }
    return;
  }
  std::size_t c = 0;
  for (; rowStride == 1 && c + kTransposeBlock <= valid; c += kTransposeBlock) {
    const float* const columnsHere = from + c * columnStride;
    std::size_t r = 0;
    for (; r + kTransposeBlock <= rows; r += kTransposeBlock) {
      transposeBlock(columnsHere + r, columnStride, target + r * width + c, width);
    }
    for (; r < rows; ++r) {
      for (std::size_t i = 0; i < kTransposeBlock; ++i) target[r * width + c + i] = columnsHere[i * columnStride + r];
    }
  }
  for (; c < valid; ++c) {
    const float* const column = from + c * columnStride;
    for (std::size_t r = 0; r < rows; ++r) target[r * width + c] = column[r * rowStride];
  }
  for (; c < width; ++c) {
    for (std::size_t r = 0; r < rows; ++r) target[r * width + c] = 0.0f;
  }
}

void packPanels(const float* source, std::size_t rowStride, std::size_t columnStride, std::size_t depth,
                std::size_t columns, float* panels) {
  // One task packs at least ~16 Ki floats: below that waking a thread costs more than the copy.
  const std::size_t perTask = larger(1, 16384 / larger(1, depth * kPanelWidth));
  parallelChunks(panelCount(columns), perTask, [&](std::size_t begin, std::size_t end) {
    for (std::size_t index = begin; index < end; ++index) {
      packPanelRows(source, rowStride, columnStride, 0, depth, depth, columns, index, panels);
    }
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
