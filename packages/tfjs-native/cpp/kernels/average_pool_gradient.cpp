// dx[n, ih, iw, c] = Σ over the windows that hold (ih, iw) of dy / (fh · fw), summed in row-major order. Windows lie
// inside the image. Each input is written once, so windows may overlap.
#include "../simd/parallel.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

// The windows [begin, end) along one axis that hold a position.
struct Windows {
  int begin, end;
};

SPIKEFIT_INLINE Windows windowsAt(int position, int filter, int stride, int outputs) {
  const int begin = position < filter ? 0 : (position - filter) / stride + 1;
  const int end = position / stride + 1;
  return {begin, end < outputs ? end : outputs};
}

}  // namespace

void averagePoolGradient(const PoolShape& shape, const float* dy, float* dx) {
  const std::size_t channels = shape.channels;
  const std::size_t lines = static_cast<std::size_t>(shape.batch) * shape.inputHeight;
  const std::size_t lineWork = larger(1, shape.inputWidth * channels);
  const Vector inputs = splat(static_cast<float>(shape.filterHeight) * static_cast<float>(shape.filterWidth));
  parallelChunks(lines, larger(1, 32768 / lineWork), [&](std::size_t begin, std::size_t end) {
    for (std::size_t line = begin; line < end; ++line) {
      const std::size_t n = line / shape.inputHeight;
      const int ih = static_cast<int>(line % shape.inputHeight);
      const Windows rows = windowsAt(ih, shape.filterHeight, shape.strideHeight, shape.outputHeight);
      for (int iw = 0; iw < shape.inputWidth; ++iw) {
        const Windows columns = windowsAt(iw, shape.filterWidth, shape.strideWidth, shape.outputWidth);
        float* const target = dx + (line * shape.inputWidth + iw) * channels;
        for (std::size_t c = 0; c < channels; c += kWidth) {
          const int count = static_cast<int>(smaller(kWidth, channels - c));
          Vector sum = splat(0.0f);
          for (int oh = rows.begin; oh < rows.end; ++oh) {
            const float* const row = dy + (n * shape.outputHeight + oh) * shape.outputWidth * channels + c;
            for (int ow = columns.begin; ow < columns.end; ++ow) sum += loadUpTo(row + ow * channels, count);
          }
          storeUpTo(target + c, sum / inputs, count);
        }
      }
    }
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
