// How many spikes there are, and which.
#pragma once

#include "../simd/spike_bits.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// Spikes [first, first + count) of at most 64, the first in the lowest bit.
SPIKEFIT_INLINE std::uint64_t spikeWord(const std::uint8_t* bits, std::size_t first, std::size_t count) {
  std::uint64_t word = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  if (count == 64 && first % 8 == 0) {
    __builtin_memcpy(&word, bits + first / 8, 8);
    return word;
  }
#endif
  for (std::size_t i = 0; i < count; i += 8) {
    word |= static_cast<std::uint64_t>(bitsFrom(bits, first + i, smaller(8, count - i))) << i;
  }
  return word;
}

// Number of spikes among [first, first + count).
SPIKEFIT_INLINE std::size_t countSpikes(const std::uint8_t* bits, std::size_t first, std::size_t count) {
  std::size_t spikes = 0;
  for (std::size_t i = 0; i < count; i += 64) {
    spikes += static_cast<std::size_t>(__builtin_popcountll(spikeWord(bits, first + i, smaller(64, count - i))));
  }
  return spikes;
}

// Calls visit(i) for every spike first + i of [first, first + count), in ascending order.
template <typename Visit>
SPIKEFIT_INLINE void forEachSpike(const std::uint8_t* bits, std::size_t first, std::size_t count,
                                  const Visit& visit) {
  for (std::size_t i = 0; i < count; i += 64) {
    for (std::uint64_t word = spikeWord(bits, first + i, smaller(64, count - i)); word != 0; word &= word - 1) {
      visit(i + static_cast<std::size_t>(__builtin_ctzll(word)));
    }
  }
}

// The number of all spikes, in parallel.
std::size_t countAllSpikes(const std::uint8_t* bits, std::size_t size);

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
