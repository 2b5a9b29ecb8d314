// y[n, oh, ow, c] = max over the window of x. Padding never wins; NaN never wins (as in tfjs-cpu, whose
// comparison is also `>`), so a window without a comparable value gives −∞.
#include "../simd/parallel.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

void maxPoolForward(const PoolShape& shape, const float* x, float* y) {
  const std::size_t channels = shape.channels;
  const std::size_t lines = static_cast<std::size_t>(shape.batch) * shape.outputHeight;
  const std::size_t lineWork = larger(1, shape.outputWidth * channels * shape.filterHeight * shape.filterWidth);
  parallelChunks(lines, larger(1, 32768 / lineWork), [&](std::size_t begin, std::size_t end) {
    for (std::size_t line = begin; line < end; ++line) {
      const std::size_t n = line / shape.outputHeight;
      const int top = static_cast<int>(line % shape.outputHeight) * shape.strideHeight - shape.padTop;
      for (int ow = 0; ow < shape.outputWidth; ++ow) {
        const int left = ow * shape.strideWidth - shape.padLeft;
        float* const target = y + (line * shape.outputWidth + ow) * channels;
        for (std::size_t c = 0; c < channels; c += kWidth) {
          const int count = static_cast<int>(smaller(kWidth, channels - c));
          Vector best = splat(-__builtin_inff());
          for (int kh = 0; kh < shape.filterHeight; ++kh) {
            const int ih = top + kh;
            if (ih < 0 || ih >= shape.inputHeight) continue;
            for (int kw = 0; kw < shape.filterWidth; ++kw) {
              const int iw = left + kw;
              if (iw < 0 || iw >= shape.inputWidth) continue;
              const Vector value =
                  loadUpTo(x + ((n * shape.inputHeight + ih) * shape.inputWidth + iw) * channels + c, count);
              best = select(value > best, value, best);
            }
          }
          storeUpTo(target + c, best, count);
        }
      }
    }
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
