// Every kernel of one instruction set. Each is defined in the file of its name; see the comment there for
// formulas. Pointers may not overlap unless said so; outputs are written completely.
#pragma once

#include "../simd/vector.h"
#include "shapes.h"

namespace spikefit {
namespace SPIKEFIT_ISA {

void convolutionForward(const ConvolutionShape& shape, const float* x, const float* filter,
                        const float* biasOrNull, float* y);
void convolutionInputGradient(const ConvolutionShape& shape, const float* dy, const float* filter, float* dx);
// …Bfloat16: the same with operands rounded to bfloat16 and sums in float32; see winograd_convolution.h for 3 × 3.
void convolutionInputGradientBfloat16(const ConvolutionShape& shape, const float* dy, const float* filter, float* dx);
void convolutionFilterGradient(const ConvolutionShape& shape, const float* x, const float* dy, float* dFilter);
void matrixProduct(const MatrixProductShape& shape, const float* a, const float* b, const float* biasOrNull,
                   float* c);
void matrixProductBfloat16(const MatrixProductShape& shape, const float* a, const float* b, float* c);
void maxPoolForward(const PoolShape& shape, const float* x, float* y);
void maxPoolGradient(const PoolShape& shape, const float* x, const float* dy, float* dx);
void averagePoolForward(const PoolShape& shape, const float* x, float* y);
void averagePoolGradient(const PoolShape& shape, const float* dy, float* dx);
void neuronForward(const NeuronShape& shape, const float* x, float decay, const float* threshold,
                   const float* reset, float* spikes, float* charged);
void neuronBackward(const NeuronShape& shape, const SurrogateShape& surrogate, const float* dy,
                    const float* charged, const float* xOrNull, float decay, const float* threshold,
                    const float* reset, float* dx, float* dDecay);
void batchNormTrain(const ChannelShape& shape, double epsilon, const float* x, const float* gamma,
                    const float* beta, float* y, float* mean, float* variance);
void batchNormTrainGradient(const ChannelShape& shape, double epsilon, const float* dy, const float* x,
                            const float* mean, const float* variance, const float* gamma, float* dx,
                            float* dGamma, float* dBeta);
void channelAffine(const ChannelShape& shape, const float* x, const float* scale, const float* shift, float* y);
void channelAffineGradient(const ChannelShape& shape, const float* dy, const float* x, const float* scale,
                           float* dx, float* dScale, float* dShift);
void axisSum(const AxisSumShape& shape, const float* x, float* sums);
// Each output may be its own input.
void adamStep(const AdamShape& shape, const float* parameter, const float* firstMoment,
              const float* secondMoment, const float* gradient, float* newParameter, float* newFirstMoment,
              float* newSecondMoment);
void binaryElementwise(const BinaryShape& shape, const float* a, const float* b, float* c);
// Gives the number of spikes before the pool. first and second: see spike_block_layout.h; mean and variance are
// outputs here, and only with the statistics of the batch.
std::size_t spikeBlockForward(const SpikeBlockShape& shape, const float* x, float decay, const float* threshold,
                              const float* reset, const float* firstOrNull, const float* secondOrNull,
                              unsigned char* bits, float* meanOrNull, float* varianceOrNull);
// dDecay is 0 unless decayGradient.
void spikeBlockBackward(const SpikeBlockShape& shape, const SurrogateShape& surrogate, bool decayGradient,
                        const float* dy, const float* x, float decay, const float* threshold, const float* reset,
                        const float* firstOrNull, const float* secondOrNull, const float* meanOrNull,
                        const float* varianceOrNull, float* dx, float* dDecay, float* dFirstOrNull,
                        float* dSecondOrNull);
bool packSpikes(std::size_t size, const float* x, std::uint8_t* bits);
void unpackSpikes(std::size_t size, const std::uint8_t* bits, float* x);
void spikeConvolutionForward(const ConvolutionShape& shape, const std::uint8_t* bits, const float* filter,
                             const float* biasOrNull, float* y);
// The same for a filter on a grid, each value an integer of at most ±128 times its step.
void spikeConvolutionForwardGrid(const ConvolutionShape& shape, const std::uint8_t* bits, const float* filter,
                                 const GridSteps& grid, const float* biasOrNull, float* y);
void spikeConvolutionFilterGradient(const ConvolutionShape& shape, const std::uint8_t* bits, const float* dy,
                                    float* dFilter);
void crossEntropy(const CrossEntropyShape& shape, const float* logits, const std::int32_t* labels, float* loss,
                  float* dLogits);
// Each output may be its own input.
void sgdStep(const SgdShape& shape, const float* parameter, const float* velocity, const float* gradient,
             float* newParameter, float* newVelocity);
// Weights with assignments have their given levels; their weights and midpoints are not read. Tables: codebook_ranks.h.
void codebookForward(const CodebookShape& shape, const float* weights, const std::uint8_t* assignmentsOrNull,
                     const float* midpoints, const float* levels, float* y);
void codebookGradient(const CodebookShape& shape, const float* dy, const float* weights,
                      const std::uint8_t* assignmentsOrNull, const float* midpoints, const float* lowest,
                      const float* highest, float* dWeights, float* sums, float* counts);

}  // namespace SPIKEFIT_ISA
}  // namespace spikefit
