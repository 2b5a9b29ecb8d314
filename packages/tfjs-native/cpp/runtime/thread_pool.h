// A fixed set of worker threads that runs numbered tasks.
//
// Determinism: the pool only decides who runs a task and when, never what a task is. Kernels cut their work
// into tasks by shape alone and every task writes its own part of the output (or its own partial sum), so
// any number of threads gives the same bits.
#pragma once

#include <cstddef>

namespace spikefit {

using TaskFunction = void (*)(void* context, std::size_t index);

constexpr int kMaximumThreads = 256;

// Runs function(context, 0 … count − 1), each exactly once, and returns when all are done. The calling
// thread takes part. Calls from several threads run one after the other. Tasks must not call it again. What a task
// throws, the caller gets when all are done (with one thread at once).
void runTasks(std::size_t count, TaskFunction function, void* context);

// Number of threads that run tasks, the caller included (1 … kMaximumThreads). Joins the old workers.
void setThreadCount(int count);
int threadCount();

}  // namespace spikefit
