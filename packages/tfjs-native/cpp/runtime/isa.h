// The instruction sets that kernels are compiled for, and which of them this CPU has.
#pragma once

namespace spikefit {

struct KernelTable;

struct InstructionSet {
  const char* name;  // "avx512", "avx2" or "baseline"
  bool compiled;     // the addon holds kernels for it
  bool supported;    // this CPU and operating system can run them
  const KernelTable* kernels;
};

constexpr int kInstructionSets = 3;

// Best first. Baseline is always compiled and supported.
const InstructionSet* instructionSets();

}  // namespace spikefit
