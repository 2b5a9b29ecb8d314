// y[n, oh, ow, o] = bias[o] + Σ_{kh, kw, i} x[n, oh·sh + kh − top, ow·sw + kw − left, i] · filter[kh, kw, i, o]
//
// A HWIO filter is already the [depth × outputChannels] right-hand side of the patch product; summation runs
// over (kh, kw, i) in ascending order.
#include "../gemm/gather_rows.h"
#include "../gemm/patch_product.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

void convolutionForward(const ConvolutionShape& shape, const float* x, const float* filter,
                        const float* biasOrNull, float* y) {
  const std::size_t columns = shape.outputChannels;
  const std::size_t depth = static_cast<std::size_t>(shape.filterHeight) * shape.filterWidth * shape.inputChannels;
  float* const panels = scratchFloats(Scratch::kShared, panelsSize(depth, columns));
  packPanels(filter, columns, 1, depth, columns, panels);
  multiplyPatches(
      [&](std::size_t first, std::size_t count, float* rows, std::size_t rowStride) {
        gatherPatches(shape, x, first, count, rows, rowStride);
      },
      shape.outputPixels(), depth, panels, columns, biasOrNull, y);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
