// Per-channel sums over the rows of [rows × channels] tensors, in double.
#pragma once

#include "../simd/vector.h"
#include "shapes.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

// sums[c] = Σ_r a[r, c] and, when b is given, products[c] = Σ_r a[r, c] · b[r, c]. Rows are cut into chunks by
// shape alone and the chunks added in order; a product of two floats is exact in double.
// sums and products are scratch memory of the caller: [channels] each.
void channelSums(const ChannelShape& shape, const float* a, const float* bOrNull, double* sums, double* products);

// sums[c] = Σ_r x[r, c] in one piece, by the calling thread.
void sumRows(const ChannelShape& shape, const float* x, double* sums);

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
