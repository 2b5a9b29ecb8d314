// Working memory of the kernels: one growing, 64-byte aligned buffer per thread and purpose, kept between
// calls so that a training step touches no fresh pages.
#pragma once

#include <cstddef>
#include <cstdint>

namespace spikefit {

enum class Scratch {
  kShared,    // taken by the calling thread, read by all tasks of a job (packed weights)
  kPartials,  // taken by the calling thread, one slice per task (partial sums)
  kTile,      // private to a task (gathered input rows)
  kPanels,    // private to a task (packed right-hand side)
  kParameters,  // taken by the calling thread (expanded per-channel parameters)
  kTables,    // private to a task (subset sums or packed rows of a slice)
  kRows,      // private to a task (where the rows of a lookup lie)
  kCodes,     // private to a task (spikes as table codes)
  kString,    // private to a task (spikes of one channel)
  kLists,     // taken by the calling thread, or private to a task (where spikes are)
  kPurposes   // their number
};

// At least `bytes` bytes, not cleared. Valid until this thread asks for the same purpose again.
void* scratchMemory(Scratch purpose, std::size_t bytes);

static inline float* scratchFloats(Scratch purpose, std::size_t floats) {
  return static_cast<float*>(scratchMemory(purpose, floats * sizeof(float)));
}
static inline double* scratchDoubles(Scratch purpose, std::size_t doubles) {
  return static_cast<double*>(scratchMemory(purpose, doubles * sizeof(double)));
}
static inline std::uint8_t* scratchBytes(Scratch purpose, std::size_t bytes) {
  return static_cast<std::uint8_t*>(scratchMemory(purpose, bytes));
}

}  // namespace spikefit
