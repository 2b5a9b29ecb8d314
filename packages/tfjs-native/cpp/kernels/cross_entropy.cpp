// Soft-max cross entropy and its gradient, row by row in double:
//   loss = scale · Σ_r ( m + log Σ_k exp(z_rk − m) − z_r,label )      m = max_k z_rk
//   dz_rk = scale · ( exp(z_rk − m) / Σ_j exp(z_rj − m) − [k = label] )
// A row whose label is no class counts nothing, as with a one-hot target.
#include "../runtime/scratch.h"
#include "../simd/parallel.h"
#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {
namespace {

constexpr std::size_t kTaskElements = 4096;

float largest(const float* logits, std::size_t classes) {
  float result = logits[0];
  for (std::size_t k = 1; k < classes; ++k) result = logits[k] > result ? logits[k] : result;
  return result;
}

// exponentials: working memory for `classes` doubles. Gives the loss of the row before it is scaled.
double crossEntropyOfRow(const CrossEntropyShape& shape, const float* logits, std::size_t label,
                         double* exponentials, float* dLogits) {
  const double shift = largest(logits, shape.classes);
  double sum = 0.0;
  for (std::size_t k = 0; k < shape.classes; ++k) {
    exponentials[k] = __builtin_exp(logits[k] - shift);
    sum += exponentials[k];
  }
  for (std::size_t k = 0; k < shape.classes; ++k) {
    dLogits[k] = static_cast<float>(shape.scale * (exponentials[k] / sum - (k == label ? 1.0 : 0.0)));
  }
  return shift + __builtin_log(sum) - logits[label];
}

}  // namespace

void crossEntropy(const CrossEntropyShape& shape, const float* logits, const std::int32_t* labels, float* loss,
                  float* dLogits) {
  const std::size_t rows = shape.rows, classes = shape.classes;
  const std::size_t perChunk = larger(1, kTaskElements / larger(1, classes));
  const std::size_t chunks = divideUp(rows, perChunk);
  double* const losses = scratchDoubles(Scratch::kPartials, chunks);
  parallelChunks(rows, perChunk, [&](std::size_t begin, std::size_t end) {
    double* const exponentials = scratchDoubles(Scratch::kTile, classes);
    double sum = 0.0;
    for (std::size_t row = begin; row < end; ++row) {
      float* const gradient = dLogits + row * classes;
      // A negative label is no class: as an unsigned number it is too large.
      const std::size_t label = static_cast<std::uint32_t>(labels[row]);
      if (label < classes) sum += crossEntropyOfRow(shape, logits + row * classes, label, exponentials, gradient);
      else clearFloats(gradient, classes);
    }
    losses[begin / perChunk] = sum;
  });
  double sum = 0.0;
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) sum += losses[chunk];
  loss[0] = static_cast<float>(shape.scale * sum);
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
