// In place of the kernels of an instruction set that this program is built without; nothing may choose it.
#include "../../cpp/kernels/kernel_table.h"

namespace spikefit {
namespace SPIKEFIT_ABSENT {
extern const KernelTable kernelTable;
const KernelTable kernelTable = {};
}  // namespace SPIKEFIT_ABSENT
}  // namespace spikefit
