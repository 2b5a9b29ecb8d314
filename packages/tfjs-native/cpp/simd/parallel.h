// runTasks for a lambda. Lives in the namespace of the instruction set, see vector.h.
#pragma once

#include "../runtime/thread_pool.h"
#include "vector.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

template <typename Task>
static void parallel(std::size_t count, const Task& task) {
  runTasks(
      count, [](void* context, std::size_t index) { (*static_cast<const Task*>(context))(index); },
      const_cast<Task*>(&task));
}

// Splits [0, total) into chunks of `chunk` elements (a constant of the kernel, never of the thread count).
template <typename Task>
static void parallelChunks(std::size_t total, std::size_t chunk, const Task& task) {
  parallel(divideUp(total, chunk), [&](std::size_t index) {
    const std::size_t begin = index * chunk;
    task(begin, smaller(begin + chunk, total));
  });
}

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
