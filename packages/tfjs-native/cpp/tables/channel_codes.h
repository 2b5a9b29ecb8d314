// The codes of four neighbouring channels of a pixel: what a convolution looks up in tables of its filter.
#pragma once

#include "../kernels/shapes.h"
#include "subset_sums.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// Codes as [batch][inputHeight][width][groups], width covering what the filter's lines see from the left padding
// to the right one, with zeros outside the image: the codes under one line of the filter lie side by side.
struct ChannelCodes {
  std::size_t groups;  // per pixel: a last group of fewer than four channels has zeros for the missing ones
  std::size_t width;

  explicit ChannelCodes(const ConvolutionShape& shape)
      : groups(divideUp(shape.inputChannels, 4)),
        width(static_cast<std::size_t>(shape.outputWidth > 0 ? shape.outputWidth - 1 : 0) * shape.strideWidth +
              shape.filterWidth) {}

  std::size_t imageSize(const ConvolutionShape& shape) const { return shape.inputHeight * width * groups; }
};

// Writes all codes, in parallel.
void makeChannelCodes(const ConvolutionShape& shape, const ChannelCodes& layout, const std::uint8_t* bits,
                      Code* codes);

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
