// The exports of the addon.
#include "../kernel_revision.h"
#include "bindings.h"

static Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  using namespace spikefit;
  exports.Set("kernelRevision", Napi::Number::New(env, kKernelRevision));
  exports.Set("instructionSets", Napi::Function::New(env, describeInstructionSets));
  exports.Set("configure", Napi::Function::New(env, configure));
  exports.Set("convolutionForward", Napi::Function::New(env, bindConvolutionForward));
  exports.Set("convolutionInputGradient", Napi::Function::New(env, bindConvolutionInputGradient));
  exports.Set("convolutionFilterGradient", Napi::Function::New(env, bindConvolutionFilterGradient));
  exports.Set("matrixProduct", Napi::Function::New(env, bindMatrixProduct));
  exports.Set("maxPoolForward", Napi::Function::New(env, bindMaxPoolForward));
  exports.Set("maxPoolGradient", Napi::Function::New(env, bindMaxPoolGradient));
  exports.Set("neuronForward", Napi::Function::New(env, bindNeuronForward));
  exports.Set("neuronBackward", Napi::Function::New(env, bindNeuronBackward));
  exports.Set("batchNormTrain", Napi::Function::New(env, bindBatchNormTrain));
  exports.Set("batchNormTrainGradient", Napi::Function::New(env, bindBatchNormTrainGradient));
  exports.Set("channelAffine", Napi::Function::New(env, bindChannelAffine));
  exports.Set("channelAffineGradient", Napi::Function::New(env, bindChannelAffineGradient));
  exports.Set("axisSum", Napi::Function::New(env, bindAxisSum));
  exports.Set("adamStep", Napi::Function::New(env, bindAdamStep));
  exports.Set("binaryElementwise", Napi::Function::New(env, bindBinaryElementwise));
  exports.Set("spikeBlockForward", Napi::Function::New(env, bindSpikeBlockForward));
  exports.Set("spikeBlockBackward", Napi::Function::New(env, bindSpikeBlockBackward));
  exports.Set("packSpikes", Napi::Function::New(env, bindPackSpikes));
  exports.Set("unpackSpikes", Napi::Function::New(env, bindUnpackSpikes));
  exports.Set("averagePoolForward", Napi::Function::New(env, bindAveragePoolForward));
  exports.Set("averagePoolGradient", Napi::Function::New(env, bindAveragePoolGradient));
  exports.Set("spikeConvolutionForward", Napi::Function::New(env, bindSpikeConvolutionForward));
  exports.Set("spikeConvolutionFilterGradient", Napi::Function::New(env, bindSpikeConvolutionFilterGradient));
  exports.Set("convolutionInputGradientBfloat16", Napi::Function::New(env, bindConvolutionInputGradientBfloat16));
  exports.Set("matrixProductBfloat16", Napi::Function::New(env, bindMatrixProductBfloat16));
  exports.Set("crossEntropy", Napi::Function::New(env, bindCrossEntropy));
  exports.Set("sgdStep", Napi::Function::New(env, bindSgdStep));
  exports.Set("spikeConvolutionForwardGrid", Napi::Function::New(env, bindSpikeConvolutionForwardGrid));
  exports.Set("codebookForward", Napi::Function::New(env, bindCodebookForward));
  exports.Set("codebookGradient", Napi::Function::New(env, bindCodebookGradient));
  return exports;
}

NODE_API_MODULE(spikefit_native, initialize)
