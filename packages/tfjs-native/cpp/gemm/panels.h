// The packed right-hand side of a matrix product.
//
// A [depth × columns] matrix is cut into panels of kPanelWidth columns; panel p starts at
// p · depth · kPanelWidth and holds [depth][width], its width kPanelWidth, or one vector for a last panel that
// needs no more. Columns past the end are zero. One row of a panel is what the inner loop loads per step.
#pragma once

#include "../simd/vector.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

constexpr int kPanelVectors = 2;
constexpr int kPanelWidth = kPanelVectors * kWidth;

SPIKEFIT_INLINE std::size_t panelCount(std::size_t columns) { return divideUp(columns, kPanelWidth); }
SPIKEFIT_INLINE std::size_t panelsSize(std::size_t depth, std::size_t columns) {
  return panelCount(columns) * depth * kPanelWidth;
}
// Width in floats of the panel that begins at column `first`.
SPIKEFIT_INLINE std::size_t panelWidth(std::size_t columns, std::size_t first) {
  return columns - first <= static_cast<std::size_t>(kWidth) ? kWidth : kPanelWidth;
}

// Writes rows [row, row + rows) of panel `index` of a matrix whose whole depth is `depth`.
// Element (r, c) of the source is source[r · rowStride + c · columnStride]; one of the strides is 1.
void packPanelRows(const float* source, std::size_t rowStride, std::size_t columnStride, std::size_t row,
                   std::size_t rows, std::size_t depth, std::size_t columns, std::size_t index, float* panels);

// The whole matrix, in parallel.
void packPanels(const float* source, std::size_t rowStride, std::size_t columnStride, std::size_t depth,
                std::size_t columns, float* panels);

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
