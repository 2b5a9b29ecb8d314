// The functions JavaScript sees; entry.cpp lists them under the same names. Each takes its dimensions, its
// inputs, then its outputs (which it fills), and returns nothing unless said so. What they read of their arguments, and
// not the kernel, may not be what another kernel writes: it may not have run yet.
#pragma once

#include <napi.h>

#include <utility>

#include "../kernels/kernel_table.h"
#include "../runtime/kernel_queue.h"

namespace spikefit {

// The kernels that `configure` chose; every binding calls through it.
const KernelTable& currentKernels();

// True within a call through `deferred` on this thread.
inline thread_local bool isDeferring = false;

// Runs a kernel now or, within `deferred`, after those that were deferred before it. The call holds all of its
// arguments: sizes by value, and pointers into arrays that JavaScript keeps until `drain`.
template <typename Call>
void submit(Call call) {
  if (isDeferring) kernelQueue().push(std::move(call));
  else call();
}

// The same function of JavaScript, whose kernel is deferred.
template <void (*kFunction)(const Napi::CallbackInfo&)>
void deferred(const Napi::CallbackInfo& info) {
  struct Deferring {
    Deferring() { isDeferring = true; }
    ~Deferring() { isDeferring = false; }
  } deferring;
  kFunction(info);
}

// (): waits until every deferred kernel has run; throws what one of them threw
void drain(const Napi::CallbackInfo& info);
// () → milliseconds in which deferred kernels ran, since the process started
Napi::Value kernelMilliseconds(const Napi::CallbackInfo& info);

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
void bindSpikeBlockForward(const Napi::CallbackInfo& info);
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
void bindRepeatRuns(const Napi::CallbackInfo& info);
void bindCodebookForward(const Napi::CallbackInfo& info);
void bindCodebookGradient(const Napi::CallbackInfo& info);

}  // namespace spikefit
