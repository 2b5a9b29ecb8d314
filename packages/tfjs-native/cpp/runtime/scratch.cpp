#include "scratch.h"

#include <cstdlib>
#include <new>

namespace spikefit {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr int kPurposes = static_cast<int>(Scratch::kPurposes);

struct Buffers {
  void* data[kPurposes] = {};
  std::size_t bytes[kPurposes] = {};
  ~Buffers() {
    for (void* buffer : data) std::free(buffer);
  }
};

thread_local Buffers buffers;

}  // namespace

void* scratchMemory(Scratch purpose, std::size_t bytes) {
  const int slot = static_cast<int>(purpose);
  if (buffers.bytes[slot] < bytes) {
    std::free(buffers.data[slot]);
    buffers.data[slot] = nullptr;
    buffers.bytes[slot] = 0;
    const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    void* fresh = std::aligned_alloc(kAlignment, rounded);
    if (fresh == nullptr) throw std::bad_alloc();
    buffers.data[slot] = fresh;
    buffers.bytes[slot] = rounded;
  }
  return buffers.data[slot];
}

}  // namespace spikefit
