import type { InstructionSetName } from '../../src/addon/native-addon.ts';

/** The kernel revision that made these bits. */
export const goldenRevision = 3;

/** Kernels whose bits are the same on every instruction set. */
const everywhere = {
  adamStep: '452e600f6794457f',
  averagePoolForward: '63000cbe0f045940',
  averagePoolGradient: '5a1a7176ab58e401',
  axisSum: '89bedfa03c12804b',
  batchNormTrain: 'f21b65991e88d176',
  batchNormTrainGradient: '649353a18a94fa37',
  binaryElementwise: '280979b93458c54b',
  channelAffine: 'ea589b66aec6bc2b',
  channelAffineGradient: '4d49e3987a9fc006',
  codebookForward: '2691ad4186ea0a50',
  codebookGradient: 'bd6f68a2686b5228',
  convolutionInputGradientBfloat16: '372914b75dc19376',
  matrixProductBfloat16: '2534ba4caea50afd',
  repeatRuns: 'ceb6977d0658220b',
  crossEntropy: 'dfc67045fc435328',
  maxPoolForward: 'e21797f25c6597ff',
  maxPoolGradient: 'db8568c942c64643',
  neuronBackward: '4326991f31fdd69a',
  neuronForward: '422d3553f8cd59e1',
  sgdStep: 'a771e3c097d526a1',
  spikeBlockBackward: 'e23dbebb3e378668',
  spikeBlockForward: '4fef4891d96f2226',
  packSpikes: '061f92f7b7e24370',
  spikeConvolutionFilterGradient: '39ef4764caa1eb1f',
  spikeConvolutionForward: 'ebb70d480ed2db90',
  spikeConvolutionForwardGrid: '5b673dfc4d83dd1f',
  unpackSpikes: '1bb0b55f57bd10fb',
};

/** Sums of products: with fused products, whatever the width of the vectors, and without. */
const fused = {
  ...everywhere,
  convolutionFilterGradient: 'cb0bf442133fee86',
  convolutionForward: '7b3d3cf754081787',
  convolutionInputGradient: '6b40751a99a579f6',
  matrixProduct: '3339ffbb414c4a74',
};
const unfused = {
  ...everywhere,
  convolutionFilterGradient: '055cdf0efca9c214',
  convolutionForward: '6294079a15786bc4',
  convolutionInputGradient: 'c964c33bf01823c8',
  matrixProduct: 'c385dda4bfc966e4',
};

/** First 16 hexadecimal digits of the sha256 of each golden case's outputs. */
export const goldenBits: Readonly<Record<InstructionSetName, Readonly<Record<string, string>>>> = {
  avx512: fused,
  avx2: fused,
  baseline: unfused,
};
