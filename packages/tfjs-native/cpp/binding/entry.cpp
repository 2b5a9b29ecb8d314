// The exports of the addon.
#include "../kernel_revision.h"
#include "bindings.h"

namespace spikefit {
namespace {

// A kernel's function, and in `deferred` the same that does not wait for its kernel.
template <void (*kFunction)(const Napi::CallbackInfo&)>
void setKernel(Napi::Env env, Napi::Object& exports, Napi::Object& deferredExports, const char* name) {
  exports.Set(name, Napi::Function::New(env, kFunction));
  deferredExports.Set(name, Napi::Function::New(env, deferred<kFunction>));
}

}  // namespace
}  // namespace spikefit

static Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  using namespace spikefit;
  exports.Set("kernelRevision", Napi::Number::New(env, kKernelRevision));
  exports.Set("instructionSets", Napi::Function::New(env, describeInstructionSets));
  exports.Set("configure", Napi::Function::New(env, configure));
  exports.Set("drain", Napi::Function::New(env, drain));
  exports.Set("kernelMilliseconds", Napi::Function::New(env, kernelMilliseconds));
  exports.Set("packSpikes", Napi::Function::New(env, bindPackSpikes));
  Napi::Object queued = Napi::Object::New(env);
  setKernel<bindConvolutionForward>(env, exports, queued, "convolutionForward");
  setKernel<bindConvolutionInputGradient>(env, exports, queued, "convolutionInputGradient");
  setKernel<bindConvolutionFilterGradient>(env, exports, queued, "convolutionFilterGradient");
  setKernel<bindMatrixProduct>(env, exports, queued, "matrixProduct");
  setKernel<bindMaxPoolForward>(env, exports, queued, "maxPoolForward");
  setKernel<bindMaxPoolGradient>(env, exports, queued, "maxPoolGradient");
  setKernel<bindNeuronForward>(env, exports, queued, "neuronForward");
  setKernel<bindNeuronBackward>(env, exports, queued, "neuronBackward");
  setKernel<bindBatchNormTrain>(env, exports, queued, "batchNormTrain");
  setKernel<bindBatchNormTrainGradient>(env, exports, queued, "batchNormTrainGradient");
  setKernel<bindChannelAffine>(env, exports, queued, "channelAffine");
  setKernel<bindChannelAffineGradient>(env, exports, queued, "channelAffineGradient");
  setKernel<bindAxisSum>(env, exports, queued, "axisSum");
  setKernel<bindAdamStep>(env, exports, queued, "adamStep");
  setKernel<bindBinaryElementwise>(env, exports, queued, "binaryElementwise");
  setKernel<bindSpikeBlockForward>(env, exports, queued, "spikeBlockForward");
  setKernel<bindSpikeBlockBackward>(env, exports, queued, "spikeBlockBackward");
  setKernel<bindUnpackSpikes>(env, exports, queued, "unpackSpikes");
  setKernel<bindAveragePoolForward>(env, exports, queued, "averagePoolForward");
  setKernel<bindAveragePoolGradient>(env, exports, queued, "averagePoolGradient");
  setKernel<bindSpikeConvolutionForward>(env, exports, queued, "spikeConvolutionForward");
  setKernel<bindSpikeConvolutionFilterGradient>(env, exports, queued, "spikeConvolutionFilterGradient");
  setKernel<bindConvolutionInputGradientBfloat16>(env, exports, queued, "convolutionInputGradientBfloat16");
  setKernel<bindMatrixProductBfloat16>(env, exports, queued, "matrixProductBfloat16");
  setKernel<bindCrossEntropy>(env, exports, queued, "crossEntropy");
  setKernel<bindSgdStep>(env, exports, queued, "sgdStep");
  setKernel<bindSpikeConvolutionForwardGrid>(env, exports, queued, "spikeConvolutionForwardGrid");
  setKernel<bindRepeatRuns>(env, exports, queued, "repeatRuns");
  setKernel<bindCodebookForward>(env, exports, queued, "codebookForward");
  setKernel<bindCodebookGradient>(env, exports, queued, "codebookGradient");
  exports.Set("deferred", queued);
  // Where JavaScript ends, its arrays go.
  env.AddCleanupHook([] { kernelQueue().stop(); });
  return exports;
}

NODE_API_MODULE(spikefit_native, initialize)
