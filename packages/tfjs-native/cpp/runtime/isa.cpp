#include "isa.h"

#include "../kernels/kernel_table.h"

namespace spikefit {
namespace baseline {
extern const KernelTable kernelTable;
}

#if defined(__x86_64__)
namespace avx2 {
extern const KernelTable kernelTable;
}
namespace avx512 {
extern const KernelTable kernelTable;
}

const InstructionSet* instructionSets() {
  // __builtin_cpu_supports also asks whether the operating system saves the wide registers.
  static const InstructionSet sets[kInstructionSets] = {
      {"avx512", true,
       __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("fma"),
       &avx512::kernelTable},
      {"avx2", true, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"), &avx2::kernelTable},
      {"baseline", true, true, &baseline::kernelTable}};
  return sets;
}
#else
const InstructionSet* instructionSets() {
  static const InstructionSet sets[kInstructionSets] = {{"avx512", false, false, nullptr},
                                                        {"avx2", false, false, nullptr},
                                                        {"baseline", true, true, &baseline::kernelTable}};
  return sets;
}
#endif

}  // namespace spikefit
