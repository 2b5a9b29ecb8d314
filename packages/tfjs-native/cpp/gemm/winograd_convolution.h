// Convolution with a 3 × 3 filter and strides of 1 by Winograd's minimal filtering: see winograd_transforms.h.
#pragma once

#include "../kernels/shapes.h"
#include "../simd/vector.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// What the operands of the products are rounded to.
enum class OperandPrecision { kFloat32, kBfloat16 };

// Where it is the faster way; by shape alone. It needs channels to spread the transforms over.
bool winogradPays(const ConvolutionShape& shape, OperandPrecision precision);

// How element (tap, depth, column) of the filter lies in memory: at
// data[tap · depth · columns + depth · depthStride + column · columnStride]; taps in reverse order if asked.
struct WinogradFilter {
  const float* data;
  std::size_t depthStride, columnStride;
  bool reversed;
};

// y[n, oh, ow, column] = Σ_{kh, kw, depth} x[n, oh + kh − top, ow + kw − left, depth] · filter[kh, kw, depth, column]
// The depth is shape.inputChannels, the columns are shape.outputChannels.
//
// With kBfloat16 the transformed tile and the transformed filter are rounded: they are what is multiplied.
void winogradConvolution(const ConvolutionShape& shape, const float* x, const WinogradFilter& filter,
                         OperandPrecision precision, float* y);

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
