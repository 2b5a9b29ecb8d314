// How filter gradients of spikes are cut: by shape alone.
#pragma once

#include "../simd/vector.h"
#include "shapes.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

struct Range {
  std::size_t begin, end;
  SPIKEFIT_SHAPE_INLINE std::size_t size() const { return end - begin; }
};

// Chunks of images, each of which sums into a copy of dFilter.
SPIKEFIT_INLINE std::size_t imageChunks(const ConvolutionShape& shape) {
  constexpr std::size_t kMaximumChunks = 16;
  constexpr std::size_t kMinimumChunkPixels = 2048;
  constexpr std::size_t kPartialFloats = 4u << 20;  // all copies of dFilter together
  const std::size_t byMemory = larger(1, kPartialFloats / larger(shape.filterSize(), 1));
  const std::size_t byPixels = larger(1, shape.outputPixels() / kMinimumChunkPixels);
  const std::size_t byImages = larger(1, shape.batch);
  return smaller(smaller(kMaximumChunks, byMemory), smaller(byPixels, byImages));
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
