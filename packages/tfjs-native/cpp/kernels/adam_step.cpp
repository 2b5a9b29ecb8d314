// One step of Adam with decoupled weight decay (Kingma and Ba 2015; Loshchilov and Hutter 2019):
//   m' = β1·m + (1 − β1)·g      v' = β2·v + (1 − β2)·g²
//   p' = p − lr·( m'/(1 − β1^step) / (√(v'/(1 − β2^step)) + ε) + weightDecay·p )
#include "../simd/parallel.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

void adamStep(const AdamShape& shape, const float* parameter, const float* firstMoment,
              const float* secondMoment, const float* gradient, float* newParameter, float* newFirstMoment,
              float* newSecondMoment) {
  const Vector beta1 = splat(static_cast<float>(shape.beta1)), beta2 = splat(static_cast<float>(shape.beta2));
  const Vector rest1 = splat(static_cast<float>(1.0 - shape.beta1));
  const Vector rest2 = splat(static_cast<float>(1.0 - shape.beta2));
  const Vector correct1 = splat(static_cast<float>(1.0 / (1.0 - __builtin_pow(shape.beta1, shape.step))));
  const Vector correct2 = splat(static_cast<float>(1.0 / (1.0 - __builtin_pow(shape.beta2, shape.step))));
  const Vector epsilon = splat(static_cast<float>(shape.epsilon));
  const Vector rate = splat(static_cast<float>(shape.learningRate));
  const Vector weightDecay = splat(static_cast<float>(shape.weightDecay));
  parallelChunks(shape.size, 16384, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; i += kWidth) {
      const int count = static_cast<int>(smaller(kWidth, end - i));
      const Vector g = loadUpTo(gradient + i, count);
      const Vector p = loadUpTo(parameter + i, count);
      const Vector m = beta1 * loadUpTo(firstMoment + i, count) + rest1 * g;
      const Vector v = beta2 * loadUpTo(secondMoment + i, count) + rest2 * (g * g);
      const Vector step = (m * correct1) / (squareRoot(v * correct2) + epsilon);
      storeUpTo(newFirstMoment + i, m, count);
      storeUpTo(newSecondMoment + i, v, count);
      storeUpTo(newParameter + i, p - rate * (step + weightDecay * p), count);
    }
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
