#include "spike_count.h"

#include "../runtime/scratch.h"
#include "../simd/parallel.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

std::size_t countAllSpikes(const std::uint8_t* bits, std::size_t size) {
  constexpr std::size_t kChunk = 1 << 20;
  const std::size_t chunks = divideUp(size, kChunk);
  std::size_t* const counts =
      reinterpret_cast<std::size_t*>(scratchBytes(Scratch::kPartials, chunks * sizeof(std::size_t)));
  parallelChunks(size, kChunk, [&](std::size_t begin, std::size_t end) {
    counts[begin / kChunk] = countSpikes(bits, begin, end - begin);
  });
  std::size_t spikes = 0;
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) spikes += counts[chunk];
  return spikes;
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
