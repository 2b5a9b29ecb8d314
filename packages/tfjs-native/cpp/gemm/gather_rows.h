// Gathers the input patches of output pixels into rows (im2col, for a tile that stays in the cache).
#pragma once

#include "../kernels/shapes.h"
#include "../simd/vector.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// Rows [first, first + count) of the patch matrix of x: row = output pixel (n, oh, ow), column =
// (kh, kw, channel), zero outside the image. Row r is written at rows + r · rowStride.
void gatherPatches(const ConvolutionShape& shape, const float* x, std::size_t first, std::size_t count,
                   float* rows, std::size_t rowStride);

// The same for the transposed convolution with strides: row = input pixel (n, ih, iw), column =
// (kh, kw, output channel) with both filter axes reversed; zero where no output pixel used the tap.
void gatherTransposedPatches(const ConvolutionShape& shape, const float* dy, std::size_t first,
                             std::size_t count, float* rows, std::size_t rowStride);

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
