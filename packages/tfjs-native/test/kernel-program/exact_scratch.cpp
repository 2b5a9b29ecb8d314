// In place of runtime/scratch.cpp: a buffer of exactly the size asked for, new at every request, so that a step past
// its end, a use after the next request and a read of what nobody wrote are all seen.
#include "../../cpp/runtime/scratch.h"

#include <cstdlib>
#include <new>

namespace spikefit {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr int kPurposes = 64;

struct Buffers {
  void* data[kPurposes] = {};
  ~Buffers() {
    for (void* buffer : data) std::free(buffer);
  }
};

thread_local Buffers buffers;

}  // namespace

void* scratchMemory(Scratch purpose, std::size_t bytes) {
  void*& slot = buffers.data[static_cast<int>(purpose)];
  std::free(slot);
  slot = nullptr;
  // posix_memalign, unlike aligned_alloc, takes any size.
  if (posix_memalign(&slot, kAlignment, bytes) != 0) throw std::bad_alloc();
  return slot;
}

}  // namespace spikefit
