// One step of SGD with momentum and weight decay, as PyTorch defines it:
//   v' = momentum·v + (g + weightDecay·p)      p' = p − lr·v'
#include "../simd/parallel.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

void sgdStep(const SgdShape& shape, const float* parameter, const float* velocity, const float* gradient,
             float* newParameter, float* newVelocity) {
  const Vector rate = splat(static_cast<float>(shape.learningRate));
  const Vector momentum = splat(static_cast<float>(shape.momentum));
  const Vector weightDecay = splat(static_cast<float>(shape.weightDecay));
  parallelChunks(shape.size, 16384, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; i += kWidth) {
      const int count = static_cast<int>(smaller(kWidth, end - i));
      const Vector p = loadUpTo(parameter + i, count);
      const Vector v =
          momentum * loadUpTo(velocity + i, count) + (loadUpTo(gradient + i, count) + weightDecay * p);
      storeUpTo(newVelocity + i, v, count);
      storeUpTo(newParameter + i, p - rate * v, count);
    }
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
