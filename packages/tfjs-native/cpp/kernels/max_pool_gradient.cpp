// dx gets dy at the position of each window's maximum: of equal values the first in row-major order, as in
// the forward pass (decisions: "max-pool ties"). Windows that overlap add up in output order. A window whose
// values are all NaN or −∞ has no maximum and passes nothing on, as in tfjs-cpu.
//
// One task per image: overlapping windows of one image are added by one thread, in one order.
#include "../simd/parallel.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

struct Window {
  const float* x;
  float* dx;
  int rowBegin, rowEnd, columnBegin, columnEnd;  // inside the image
  std::size_t rowStride, columnStride;
};

SPIKEFIT_INLINE void spread(const Window& window, std::size_t channel, int count, Vector gradient) {
  Vector best = splat(-__builtin_inff());
  for (int ih = window.rowBegin; ih < window.rowEnd; ++ih) {
    for (int iw = window.columnBegin; iw < window.columnEnd; ++iw) {
      const std::size_t offset = ih * window.rowStride + iw * window.columnStride + channel;
      const Vector value = loadUpTo(window.x + offset, count);
      best = select(value > best, value, best);
    }
  }
  Mask open = best > splat(-__builtin_inff());
  for (int ih = window.rowBegin; ih < window.rowEnd; ++ih) {
    for (int iw = window.columnBegin; iw < window.columnEnd; ++iw) {
      const std::size_t offset = ih * window.rowStride + iw * window.columnStride + channel;
      const Mask hit = open & (loadUpTo(window.x + offset, count) == best);
      open &= ~hit;
      const Vector added = loadUpTo(window.dx + offset, count) + select(hit, gradient, splat(0.0f));
      storeUpTo(window.dx + offset, added, count);
    }
  }
}

SPIKEFIT_INLINE int atLeast(int value, int low) { return value < low ? low : value; }
SPIKEFIT_INLINE int atMost(int value, int high) { return value > high ? high : value; }

}  // namespace

void maxPoolGradient(const PoolShape& shape, const float* x, const float* dy, float* dx) {
  const std::size_t channels = shape.channels;
  const std::size_t image = static_cast<std::size_t>(shape.inputHeight) * shape.inputWidth * channels;
  parallel(shape.batch, [&](std::size_t n) {
    Window window;
    window.x = x + n * image;
    window.dx = dx + n * image;
    window.columnStride = channels;
    window.rowStride = shape.inputWidth * channels;
    clearFloats(window.dx, image);
    for (int oh = 0; oh < shape.outputHeight; ++oh) {
      const int top = oh * shape.strideHeight - shape.padTop;
      window.rowBegin = atLeast(top, 0);
      window.rowEnd = atMost(top + shape.filterHeight, shape.inputHeight);
      for (int ow = 0; ow < shape.outputWidth; ++ow) {
        const int left = ow * shape.strideWidth - shape.padLeft;
        window.columnBegin = atLeast(left, 0);
        window.columnEnd = atMost(left + shape.filterWidth, shape.inputWidth);
        const float* const gradient =
            dy + ((n * shape.outputHeight + oh) * shape.outputWidth + ow) * channels;
        for (std::size_t c = 0; c < channels; c += kWidth) {
          const int count = static_cast<int>(smaller(kWidth, channels - c));
          spread(window, c, count, loadUpTo(gradient + c, count));
        }
      }
    }
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
