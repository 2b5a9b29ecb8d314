// The thread pool and the queue of deferred kernels by themselves.
#pragma once

#include <string>
#include <vector>

// Runs jobs of every size from one and from several threads, with other numbers of workers in between. Answers what
// went wrong.
std::vector<std::string> checkPool(int rounds);
