// dx[n, ih, iw, i] = Σ_{kh, kw, o} dy[n, (ih + top − kh) / sh, (iw + left − kw) / sw, o] · filter[kh, kw, i, o]
// over the taps whose divisions leave no remainder and stay inside dy.
//
// With both filter axes reversed and each tap transposed this is a patch product again; with strides of 1 it
// is an ordinary convolution of dy, padded by filter − 1 − pad, by Winograd's filtering where that pays.
#include "../gemm/gather_rows.h"
#include "../gemm/patch_product.h"
#include "../gemm/winograd_convolution.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

ConvolutionShape mirrored(const ConvolutionShape& shape) {
  ConvolutionShape result = shape;
  result.inputHeight = shape.outputHeight;
  result.inputWidth = shape.outputWidth;
  result.inputChannels = shape.outputChannels;
  result.outputHeight = shape.inputHeight;
  result.outputWidth = shape.inputWidth;
  result.outputChannels = shape.inputChannels;
  result.padTop = shape.filterHeight - 1 - shape.padTop;
  result.padLeft = shape.filterWidth - 1 - shape.padLeft;
  return result;
}

// The filter as the right-hand side of the patch product, [tap reversed][output channel][input channel].
float* packMirroredFilter(const ConvolutionShape& shape, const float* filter) {
  const std::size_t inputs = shape.inputChannels, outputs = shape.outputChannels;
  const std::size_t taps = static_cast<std::size_t>(shape.filterHeight) * shape.filterWidth;
  float* const panels = scratchFloats(Scratch::kShared, panelsSize(taps * outputs, inputs));
  parallel(panelCount(inputs), [&](std::size_t index) {
    for (std::size_t tap = 0; tap < taps; ++tap) {
      const float* const source = filter + (taps - 1 - tap) * inputs * outputs;
      packPanelRows(source, 1, outputs, tap * outputs, outputs, taps * outputs, inputs, index, panels);
    }
  });
  return panels;
}

void inputGradient(const ConvolutionShape& shape, const float* dy, const float* filter, OperandPrecision precision,
                   float* dx) {
  const std::size_t inputs = shape.inputChannels, outputs = shape.outputChannels;
  const ConvolutionShape reverse = mirrored(shape);
  if (winogradPays(reverse, precision)) {
    winogradConvolution(reverse, dy, WinogradFilter{filter, 1, outputs, true}, precision, dx);
    return;
  }
  const std::size_t depth = static_cast<std::size_t>(shape.filterHeight) * shape.filterWidth * outputs;
  const std::size_t pixels = static_cast<std::size_t>(shape.batch) * shape.inputHeight * shape.inputWidth;
  float* const panels = packMirroredFilter(shape, filter);
  if (precision == OperandPrecision::kBfloat16) pairPanels(panels, 1, depth, inputs);
  const bool isConvolution = shape.strideHeight == 1 && shape.strideWidth == 1;
  const auto gather = [&](std::size_t first, std::size_t count, float* rows, std::size_t rowStride) {
    if (isConvolution) gatherPatches(reverse, dy, first, count, rows, rowStride);
    else gatherTransposedPatches(shape, dy, first, count, rows, rowStride);
  };
  if (precision == OperandPrecision::kBfloat16) multiplyPairPatches(gather, pixels, depth, panels, inputs, dx);
  else multiplyPatches(gather, pixels, depth, panels, inputs, nullptr, dx);
}

}  // namespace

void convolutionInputGradient(const ConvolutionShape& shape, const float* dy, const float* filter, float* dx) {
  inputGradient(shape, dy, filter, OperandPrecision::kFloat32, dx);
}

void convolutionInputGradientBfloat16(const ConvolutionShape& shape, const float* dy, const float* filter,
                                      float* dx) {
  inputGradient(shape, dy, filter, OperandPrecision::kBfloat16, dx);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
