// The functions JavaScript sees; entry.cc lists them under the same names. Each takes its dimensions, its
// inputs, then its outputs (which it fills), and returns nothing unless said so.
#pragma once

#include <napi.h>

#include "../kernels/kernel_table.h"

namespace spikefit {

// The kernels that `configure` chose; every binding calls through it.
const KernelTable& currentKernels();

// () → [{name, compiled, supported}], best first
Napi::Value describeInstructionSets(const Napi::CallbackInfo& info);
// (isa, threads): which kernels the calls below use, and how many threads run them
void configure(const Napi::CallbackInfo& info);

void bindConvolutionForward(const Napi::CallbackInfo& info);
void bindConvolutionInputGradient(const Napi::CallbackInfo& info);
void bindConvolutionFilterGradient(const Napi::CallbackInfo& info);
void bindMatrixProduct(const Napi::CallbackInfo& info);
void bindMaxPoolForward(const Napi::CallbackInfo& info);
void bindMaxPoolGradient(const Napi::CallbackInfo& info);
void bindNeuronForward(const Napi::CallbackInfo& info);
void bindNeuronBackward(const Napi::CallbackInfo& info);
void bindBatchNormTrain(const Napi::CallbackInfo& info);
void bindBatchNormTrainGradient(const Napi::CallbackInfo& info);
void bindChannelAffine(const Napi::CallbackInfo& info);
void bindChannelAffineGradient(const Napi::CallbackInfo& info);
void bindAxisSum(const Napi::CallbackInfo& info);
void bindAdamStep(const Napi::CallbackInfo& info);
void bindBinaryElementwise(const Napi::CallbackInfo& info);
Napi::Value bindSpikeBlockForward(const Napi::CallbackInfo& info);
void bindSpikeBlockBackward(const Napi::CallbackInfo& info);

// → whether every value was 0 or 1
Napi::Value bindPackSpikes(const Napi::CallbackInfo& info);
void bindUnpackSpikes(const Napi::CallbackInfo& info);
void bindAveragePoolForward(const Napi::CallbackInfo& info);
void bindAveragePoolGradient(const Napi::CallbackInfo& info);
void bindSpikeConvolutionForward(const Napi::CallbackInfo& info);
void bindSpikeConvolutionFilterGradient(const Napi::CallbackInfo& info);
void bindConvolutionInputGradientBfloat16(const Napi::CallbackInfo& info);
void bindMatrixProductBfloat16(const Napi::CallbackInfo& info);
void bindCrossEntropy(const Napi::CallbackInfo& info);
void bindSgdStep(const Napi::CallbackInfo& info);
void bindSpikeConvolutionForwardGrid(const Napi::CallbackInfo& info);
void bindCodebookForward(const Napi::CallbackInfo& info);
void bindCodebookGradient(const Napi::CallbackInfo& info);

}  // namespace spikefit
