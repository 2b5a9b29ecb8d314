#include "gather_rows.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

SPIKEFIT_INLINE int clamp(int value, int low, int high) {
  return value < low ? low : value > high ? high : value;
}

}  // namespace

void gatherPatches(const ConvolutionShape& shape, const float* x, std::size_t first, std::size_t count,
                   float* rows, std::size_t rowStride) {
  const std::size_t channels = shape.inputChannels;
  const std::size_t lineSize = shape.filterWidth * channels;
  const std::size_t imageRow = shape.inputWidth * channels;
  std::size_t pixel = first;
  int ow = static_cast<int>(pixel % shape.outputWidth);
  pixel /= shape.outputWidth;
  int oh = static_cast<int>(pixel % shape.outputHeight);
  std::size_t n = pixel / shape.outputHeight;
  for (std::size_t r = 0; r < count; ++r) {
    float* target = rows + r * rowStride;
    const int left = ow * shape.strideWidth - shape.padLeft;
    const int top = oh * shape.strideHeight - shape.padTop;
    // Taps [begin, end) of a filter line lie inside the image.
    const int begin = clamp(-left, 0, shape.filterWidth);
    const int end = clamp(shape.inputWidth - left, begin, shape.filterWidth);
    const float* const image = x + n * shape.inputHeight * imageRow;
    for (int kh = 0; kh < shape.filterHeight; ++kh, target += lineSize) {
      const int ih = top + kh;
      if (ih < 0 || ih >= shape.inputHeight || begin == end) {
        clearFloats(target, lineSize);
        continue;
      }
      const float* const line = image + ih * imageRow + static_cast<std::size_t>(left + begin) * channels;
      if (begin > 0) clearFloats(target, begin * channels);
      copyFloats(target + begin * channels, line, (end - begin) * channels);
      if (end < shape.filterWidth) clearFloats(target + end * channels, (shape.filterWidth - end) * channels);
    }
    if (++ow == shape.outputWidth) {
      ow = 0;
      if (++oh == shape.outputHeight) {
        oh = 0;
        ++n;
      }
    }
  }
}

void gatherTransposedPatches(const ConvolutionShape& shape, const float* dy, std::size_t first,
                             std::size_t count, float* rows, std::size_t rowStride) {
  const std::size_t channels = shape.outputChannels;
  for (std::size_t r = 0; r < count; ++r) {
    std::size_t pixel = first + r;
    const int iw = static_cast<int>(pixel % shape.inputWidth);
    pixel /= shape.inputWidth;
    const int ih = static_cast<int>(pixel % shape.inputHeight);
    const std::size_t n = pixel / shape.inputHeight;
    float* target = rows + r * rowStride;
    for (int kh = shape.filterHeight - 1; kh >= 0; --kh) {
      const int y = ih + shape.padTop - kh;
      const bool rowUsed = y >= 0 && y % shape.strideHeight == 0 && y / shape.strideHeight < shape.outputHeight;
      for (int kw = shape.filterWidth - 1; kw >= 0; --kw, target += channels) {
        const int xw = iw + shape.padLeft - kw;
        if (!rowUsed || xw < 0 || xw % shape.strideWidth != 0 || xw / shape.strideWidth >= shape.outputWidth) {
          clearFloats(target, channels);
          continue;
        }
        const std::size_t source =
            (n * shape.outputHeight + y / shape.strideHeight) * shape.outputWidth + xw / shape.strideWidth;
        copyFloats(target, dy + source * channels, channels);
      }
    }
  }
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
