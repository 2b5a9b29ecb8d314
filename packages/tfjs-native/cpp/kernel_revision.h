// Raised whenever a change makes any kernel give other bits for the same inputs: checkpoints pin it. The same
// number stands in src/addon/kernel-revision.ts; the loader refuses an addon built from another revision.
#pragma once

namespace spikefit {
constexpr int kKernelRevision = 3;
}
