#include "kernel_table.h"

#include "kernels.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

extern const KernelTable kernelTable;
const KernelTable kernelTable = {kWidth,
                                 convolutionForward,
                                 convolutionInputGradient,
                                 convolutionFilterGradient,
                                 matrixProduct,
                                 maxPoolForward,
                                 maxPoolGradient,
                                 neuronForward,
                                 neuronBackward,
                                 batchNormTrain,
                                 batchNormTrainGradient,
                                 channelAffine,
                                 channelAffineGradient,
                                 axisSum,
                                 adamStep,
                                 binaryElementwise,
                                 spikeBlockForward,
                                 spikeBlockBackward,
                                 packSpikes,
                                 unpackSpikes,
                                 averagePoolForward,
                                 averagePoolGradient,
                                 spikeConvolutionForward,
                                 spikeConvolutionFilterGradient,
                                 convolutionInputGradientBfloat16,
                                 matrixProductBfloat16,
                                 crossEntropy,
                                 sgdStep,
                                 codebookForward,
                                 codebookGradient,
                                 spikeConvolutionForwardGrid};

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
