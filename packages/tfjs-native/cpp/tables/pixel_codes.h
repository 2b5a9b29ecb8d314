// The codes of four consecutive pixels of an image, channel by channel: what a filter gradient looks up in tables
// of dy.
#pragma once

#include "../kernels/shapes.h"
#include "subset_sums.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// Codes as [plane][channel][image][group]. Output pixels are counted on from line to line, so groups may span lines
// and only the last of an image may have places to spare: group j of a tap holds the spikes that output pixels
// 4j … 4j + 3 see through it.
//
// With vertical stride 1 the taps of a column of the filter see the same lines, kh of them further on: as bits, the
// same string kh · outputWidth further on. Those for which that is the same modulo 4 share a plane. Otherwise every
// tap has a plane.
struct PixelCodes {
  bool shared;
  std::size_t width;   // of a line of outputs
  std::size_t groups;  // that a tap looks up in an image
  std::size_t phases;  // planes of a column of the filter
  std::size_t planes;
  std::size_t size;    // groups of an image in a plane

  explicit PixelCodes(const ConvolutionShape& shape)
      : shared(shape.strideHeight == 1),
        width(shape.outputWidth),
        groups(divideUp(static_cast<std::size_t>(shape.outputHeight) * width, 4)),
        phases(shared ? smaller(period(), shape.filterHeight) : shape.filterHeight),
        planes(phases * shape.filterWidth),
        size(divideUp((shape.outputHeight + (shared ? shape.filterHeight - 1 : 0)) * width, 4)) {}

  // Lines of outputs after which the groups of a string begin at the start of a line again.
  std::size_t period() const { return width % 4 == 0 ? 1 : width % 2 == 0 ? 2 : 4; }

  // Bits by which the strings of a plane are moved.
  std::size_t shift(std::size_t phase) const { return shared ? phase * width % 4 : 0; }

  // Where the codes of one tap and channel begin, for a run of `images` images and `channels` channels.
  std::size_t start(int kh, int kw, std::size_t channel, std::size_t channels, std::size_t images) const {
    const std::size_t plane = kw * phases + (shared ? kh % period() : kh);
    return (plane * channels + channel) * images * size + (shared ? kh * width / 4 : 0);
  }
};

// Writes the codes of images [image, image + images) and channels [channel, channel + channels).
void makePixelCodes(const ConvolutionShape& shape, const PixelCodes& layout, const std::uint8_t* bits,
                    std::size_t image, std::size_t images, std::size_t channel, std::size_t channels, Code* codes);

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
