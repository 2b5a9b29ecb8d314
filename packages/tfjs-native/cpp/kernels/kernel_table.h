// One set of kernels as function pointers: what the binding calls, whatever the instruction set.
#pragma once

#include <cstdint>

#include "shapes.h"

namespace spikefit {

struct KernelTable {
  int vectorWidth;  // floats
  void (*convolutionForward)(const ConvolutionShape&, const float*, const float*, const float*, float*);
  void (*convolutionInputGradient)(const ConvolutionShape&, const float*, const float*, float*);
  void (*convolutionFilterGradient)(const ConvolutionShape&, const float*, const float*, float*);
  void (*matrixProduct)(const MatrixProductShape&, const float*, const float*, const float*, float*);
  void (*maxPoolForward)(const PoolShape&, const float*, float*);
  void (*maxPoolGradient)(const PoolShape&, const float*, const float*, float*);
  void (*neuronForward)(const NeuronShape&, const float*, float, const float*, const float*, float*, float*);
  void (*neuronBackward)(const NeuronShape&, const SurrogateShape&, const float*, const float*, const float*,
                         float, const float*, const float*, float*, float*);
  void (*batchNormTrain)(const ChannelShape&, double, const float*, const float*, const float*, float*, float*,
                         float*);
  void (*batchNormTrainGradient)(const ChannelShape&, double, const float*, const float*, const float*,
                                 const float*, const float*, float*, float*, float*);
  void (*channelAffine)(const ChannelShape&, const float*, const float*, const float*, float*);
  void (*channelAffineGradient)(const ChannelShape&, const float*, const float*, const float*, float*, float*,
                                float*);
  void (*axisSum)(const AxisSumShape&, const float*, float*);
  void (*adamStep)(const AdamShape&, const float*, const float*, const float*, const float*, float*, float*,
                   float*);
  void (*binaryElementwise)(const BinaryShape&, const float*, const float*, float*);
  std::size_t (*spikeBlockForward)(const SpikeBlockShape&, const float*, float, const float*, const float*,
                                   const float*, const float*, unsigned char*, float*, float*);
  void (*spikeBlockBackward)(const SpikeBlockShape&, const SurrogateShape&, bool, const float*, const float*, float,
                             const float*, const float*, const float*, const float*, const float*, const float*,
                             float*, float*, float*, float*);
  bool (*packSpikes)(std::size_t, const float*, std::uint8_t*);
  void (*unpackSpikes)(std::size_t, const std::uint8_t*, float*);
  void (*averagePoolForward)(const PoolShape&, const float*, float*);
  void (*averagePoolGradient)(const PoolShape&, const float*, float*);
  void (*spikeConvolutionForward)(const ConvolutionShape&, const std::uint8_t*, const float*, const float*, float*);
  void (*spikeConvolutionFilterGradient)(const ConvolutionShape&, const std::uint8_t*, const float*, float*);
  void (*convolutionInputGradientBfloat16)(const ConvolutionShape&, const float*, const float*, float*);
  void (*matrixProductBfloat16)(const MatrixProductShape&, const float*, const float*, float*);
  void (*crossEntropy)(const CrossEntropyShape&, const float*, const std::int32_t*, float*, float*);
  void (*sgdStep)(const SgdShape&, const float*, const float*, const float*, float*, float*);
  void (*codebookForward)(const CodebookShape&, const float*, const std::uint8_t*, const float*, const float*, float*);
  void (*codebookGradient)(const CodebookShape&, const float*, const float*, const std::uint8_t*, const float*,
                           const float*, const float*, float*, float*, float*);
  void (*spikeConvolutionForwardGrid)(const ConvolutionShape&, const std::uint8_t*, const float*, const GridSteps&,
                                      const float*, float*);
};

}  // namespace spikefit
