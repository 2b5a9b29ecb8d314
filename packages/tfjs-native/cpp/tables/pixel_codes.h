// The codes of four neighbouring pixels of a line, channel by channel: what a filter gradient looks up in tables
// of dy.
#pragma once

#include "../kernels/shapes.h"
#include "subset_sums.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// Codes as [plane][channel][image][line][group]. Group j of a line holds the spikes that output pixels 4j … 4j + 3
// see through one tap. With vertical stride 1, the taps of a column of the filter share a plane: line oh + kh is what
// output line oh sees through tap (kh, kw). Otherwise every tap has a plane, and line oh is that of output line oh.
struct PixelCodes {
  bool shared;
  std::size_t groups, lines, planes;

  explicit PixelCodes(const ConvolutionShape& shape)
      : shared(shape.strideHeight == 1),
        groups(divideUp(shape.outputWidth, 4)),
        lines(shape.outputHeight + (shared ? shape.filterHeight - 1 : 0)),
        planes(static_cast<std::size_t>(shape.filterWidth) * (shared ? 1 : shape.filterHeight)) {}

  std::size_t lineSize() const { return lines * groups; }

  // Where the codes of one tap and channel begin, for a run of `images` images and `channels` channels.
  std::size_t start(const ConvolutionShape& shape, int kh, int kw, std::size_t channel, std::size_t channels,
                    std::size_t images) const {
    const std::size_t plane = shared ? kw : static_cast<std::size_t>(kh) * shape.filterWidth + kw;
    return (plane * channels + channel) * images * lineSize() + (shared ? kh * groups : 0);
  }
};

// Writes the codes of images [image, image + images) and channels [channel, channel + channels).
void makePixelCodes(const ConvolutionShape& shape, const PixelCodes& layout, const std::uint8_t* bits,
                    std::size_t image, std::size_t images, std::size_t channel, std::size_t channels, Code* codes);

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
