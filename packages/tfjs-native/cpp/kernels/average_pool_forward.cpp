// y[n, oh, ow, c] = Σ over the window of x / (fh · fw), summed in row-major order. Windows lie inside the image.
#include "../simd/parallel.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

void averagePoolForward(const PoolShape& shape, const float* x, float* y) {
  const std::size_t channels = shape.channels;
  const std::size_t lines = static_cast<std::size_t>(shape.batch) * shape.outputHeight;
  const std::size_t lineWork = larger(1, shape.outputWidth * channels * shape.filterHeight * shape.filterWidth);
  const Vector inputs = splat(static_cast<float>(shape.filterHeight) * static_cast<float>(shape.filterWidth));
  parallelChunks(lines, larger(1, 32768 / lineWork), [&](std::size_t begin, std::size_t end) {
    for (std::size_t line = begin; line < end; ++line) {
      const std::size_t n = line / shape.outputHeight;
      const std::size_t top = n * shape.inputHeight + line % shape.outputHeight * shape.strideHeight;
      for (int ow = 0; ow < shape.outputWidth; ++ow) {
        const float* const window = x + (top * shape.inputWidth + ow * shape.strideWidth) * channels;
        float* const target = y + (line * shape.outputWidth + ow) * channels;
        for (std::size_t c = 0; c < channels; c += kWidth) {
          const int count = static_cast<int>(smaller(kWidth, channels - c));
          Vector sum = splat(0.0f);
          for (int kh = 0; kh < shape.filterHeight; ++kh) {
            const float* const row = window + static_cast<std::size_t>(kh) * shape.inputWidth * channels + c;
            for (int kw = 0; kw < shape.filterWidth; ++kw) sum += loadUpTo(row + kw * channels, count);
          }
          storeUpTo(target + c, sum / inputs, count);
        }
      }
    }
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
