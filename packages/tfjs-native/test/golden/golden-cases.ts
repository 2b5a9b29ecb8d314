import type { NativeAddon } from '../../src/addon/native-addon.ts';
import { surrogateNames } from '../../src/fused/fused-kernel-attributes.ts';
import { packSpikes } from '../../src/reference/index.ts';
import { unfilled } from '../cases/kernel-case.ts';
import { random } from '../cases/random.ts';
import { floatsOfBits, unfilledBits } from '../cases/spike-bits.ts';

/**
 * One small run of every kernel, whose bits `golden-bits.ts` holds. Sizes leave remainders for every vector width and
 * fill more than one chunk or depth block where a kernel has them. These inputs never change: what is to be covered
 * besides gets a row of its own.
 */
export type GoldenCase = (addon: NativeAddon) => readonly Float32Array[];

/** Convolution of [2, 7, 6, 21] with 3×3 filters, same padding, to 35 channels. */
const convolution = {
  dimensions: Int32Array.of(2, 7, 6, 21, 7, 6, 35, 3, 3, 1, 1, 1, 1),
  x: random(1).uniform(2 * 7 * 6 * 21),
  filter: random(2).uniform(3 * 3 * 21 * 35),
  bias: random(3).uniform(35),
  dy: random(4).uniform(2 * 7 * 6 * 35),
};

/** Spikes of the shape of its x. */
const { bits: imageSpikes } = packSpikes(random(38).spikes(convolution.x.length, 0.3));
/** So few that they are added up from lists. */
const { bits: fewSpikes } = packSpikes(random(55).spikes(convolution.x.length, 0.06));

const pool = {
  dimensions: Int32Array.of(2, 7, 6, 19, 3, 3, 2, 2, 2, 2, 0, 0),
  x: random(5).spikes(2 * 7 * 6 * 19, 0.3),
  dy: random(6).uniform(2 * 3 * 3 * 19),
};

/** Windows of 3×2, overlapping in height. */
const averagePool = {
  dimensions: Int32Array.of(2, 7, 6, 19, 3, 3, 3, 2, 2, 2, 0, 0),
  x: random(40).uniform(2 * 7 * 6 * 19),
  dy: random(41).uniform(2 * 3 * 3 * 19),
};

/** LIF, hard reset, T = 4, [23, 37] per step. */
const neuron = {
  dimensions: Int32Array.of(4, 23 * 37, 37, 0, 1, 1, 0, 0),
  x: random(7).uniform(4 * 23 * 37, -0.4, 1.6),
  dy: random(8).uniform(4 * 23 * 37),
  decay: Float32Array.of(0.4),
  threshold: random(9).uniform(37, 0.7, 1.1),
  reset: random(10).uniform(37, -0.2, 0.2),
};

/** [3001, 37]: more than one chunk of rows. */
const channels = {
  dimensions: Int32Array.of(3001, 37),
  x: random(11).uniform(3001 * 37),
  dy: random(12).uniform(3001 * 37),
  gamma: random(13).uniform(37, 0.5, 1.5),
  beta: random(14).uniform(37),
};

/** Four levels for each of 37 columns; more than one chunk of rows. */
const codebook = {
  dimensions: Int32Array.of(3001 * 37, 37, 4),
  weights: random(42).uniform(3001 * 37),
  midpoints: Float32Array.of(
    ...[-0.5, 0, 0.5].flatMap((center, rank) => [
      ...random(43 + rank).uniform(37, center - 0.1, center + 0.1),
    ]),
  ),
  levels: random(46).uniform(4 * 37),
  lowest: random(47).uniform(37, -1, -0.8),
  highest: random(48).uniform(37, 0.8, 1),
  assignments: Uint8Array.from(random(49).uniform(3001 * 37, 0, 4)),
  dy: random(50).uniform(3001 * 37),
};

/** Batch norm, LIF, hard reset, T = 4, [3, 7, 6, 19] per step, 2×2 pool. */
const block = {
  dimensions: Int32Array.of(4, 3, 7, 6, 19, 2, 2, 0, 1, 1, 0, 0),
  x: random(40).uniform(4 * 3 * 7 * 6 * 19, -0.6, 1),
  dy: random(41).uniform(4 * 3 * 3 * 3 * 19),
  decay: Float32Array.of(0.4),
  threshold: random(42).uniform(19, 0.7, 1.1),
  reset: random(43).uniform(19, -0.2, 0.2),
  gamma: random(44).uniform(19, 0.5, 1.2),
  beta: random(45).uniform(19, -0.2, 0.8),
};

const fireBlock = (addon: NativeAddon): readonly [Float32Array, Float32Array, Float32Array] => {
  const { dimensions, x, dy, decay, threshold, reset, gamma, beta } = block;
  const [bits, mean, variance] = [unfilledBits(dy.length), unfilled(19), unfilled(19)];
  addon.spikeBlockForward(
    ...([dimensions, 1e-5, x, decay, threshold, reset, gamma, beta] as const),
    ...([bits, mean, variance, new Int32Array(1)] as const),
  );
  return [floatsOfBits(bits, dy.length), mean, variance];
};

const fire = (addon: NativeAddon): [spikes: Float32Array, charged: Float32Array] => {
  const outputs: [Float32Array, Float32Array] = [unfilled(neuron.dy.length), unfilled(neuron.dy.length)];
  addon.neuronForward(neuron.dimensions, neuron.x, neuron.decay, neuron.threshold, neuron.reset, ...outputs);
  return outputs;
};

const normalize = (addon: NativeAddon): [y: Float32Array, mean: Float32Array, variance: Float32Array] => {
  const { dimensions, x, gamma, beta } = channels;
  const outputs: [Float32Array, Float32Array, Float32Array] = [
    unfilled(x.length),
    unfilled(37),
    unfilled(37),
  ];
  addon.batchNormTrain(dimensions, 1e-5, x, gamma, beta, ...outputs);
  return outputs;
};

export const goldenCases: Readonly<Record<string, GoldenCase>> = {
  convolutionForward(addon) {
    const { dimensions, x, filter, bias, dy } = convolution;
    const y = unfilled(dy.length);
    addon.convolutionForward(dimensions, x, filter, bias, y);
    return [y];
  },
  convolutionInputGradient(addon) {
    const { dimensions, x, filter, dy } = convolution;
    const dx = unfilled(x.length);
    addon.convolutionInputGradient(dimensions, dy, filter, dx);
    return [dx];
  },
  convolutionFilterGradient(addon) {
    const { dimensions, x, filter, dy } = convolution;
    const dFilter = unfilled(filter.length);
    addon.convolutionFilterGradient(dimensions, x, dy, dFilter);
    return [dFilter];
  },
  matrixProduct(addon) {
    const c = unfilled(29 * 43);
    const [a, b] = [random(20).uniform(29 * 901), random(21).uniform(901 * 43)];
    addon.matrixProduct(Int32Array.of(1, 29, 43, 901, 0, 1, 0, 0), a, b, random(22).uniform(43), c);
    return [c];
  },
  convolutionInputGradientBfloat16(addon) {
    const { dimensions, filter, dy } = convolution;
    const dx = unfilled(2 * 7 * 6 * 21);
    addon.convolutionInputGradientBfloat16(dimensions, dy, filter, dx);
    // With a stride of 2, as patches.
    const strided = Int32Array.of(2, 7, 6, 21, 4, 3, 35, 3, 3, 2, 2, 1, 1);
    const patches = unfilled(dx.length);
    addon.convolutionInputGradientBfloat16(strided, dy.subarray(0, 2 * 4 * 3 * 35), filter, patches);
    return [dx, patches];
  },
  matrixProductBfloat16(addon) {
    const c = unfilled(47 * 43);
    const dimensions = Int32Array.of(1, 47, 43, 801, 0, 1, 0, 0);
    addon.matrixProductBfloat16(dimensions, random(40).uniform(47 * 801), random(41).uniform(43 * 801), c);
    return [c];
  },
  maxPoolForward(addon) {
    const y = unfilled(pool.dy.length);
    addon.maxPoolForward(pool.dimensions, pool.x, y);
    return [y];
  },
  maxPoolGradient(addon) {
    const dx = unfilled(pool.x.length);
    addon.maxPoolGradient(pool.dimensions, pool.x, pool.dy, dx);
    return [dx];
  },
  averagePoolForward(addon) {
    const y = unfilled(averagePool.dy.length);
    addon.averagePoolForward(averagePool.dimensions, averagePool.x, y);
    return [y];
  },
  averagePoolGradient(addon) {
    const dx = unfilled(averagePool.x.length);
    addon.averagePoolGradient(averagePool.dimensions, averagePool.dy, dx);
    return [dx];
  },
  neuronForward: fire,
  neuronBackward(addon) {
    const [, charged] = fire(addon);
    return surrogateNames.flatMap((_, surrogate) => {
      const { dimensions, x, dy, decay, threshold, reset } = neuron;
      const [dx, dDecay] = [unfilled(x.length), unfilled(1)];
      addon.neuronBackward(
        ...([dimensions, surrogate, 2, 0, dy, charged, null] as const),
        ...([decay, threshold, reset, dx, dDecay] as const),
      );
      return [dx, dDecay];
    });
  },
  batchNormTrain: normalize,
  batchNormTrainGradient(addon) {
    const [, mean, variance] = normalize(addon);
    const { dimensions, x, dy, gamma } = channels;
    const outputs = [unfilled(x.length), unfilled(37), unfilled(37)] as const;
    addon.batchNormTrainGradient(dimensions, 1e-5, dy, x, mean, variance, gamma, ...outputs);
    return outputs;
  },
  channelAffine(addon) {
    const { dimensions, x, gamma, beta } = channels;
    const y = unfilled(x.length);
    addon.channelAffine(dimensions, x, gamma, beta, y);
    return [y];
  },
  channelAffineGradient(addon) {
    const { dimensions, x, dy, gamma } = channels;
    const outputs = [unfilled(x.length), unfilled(37), unfilled(37)] as const;
    addon.channelAffineGradient(dimensions, dy, x, gamma, ...outputs);
    return outputs;
  },
  axisSum(addon) {
    const sums = unfilled(3 * 37);
    addon.axisSum(Int32Array.of(3, 1000, 37), channels.x.subarray(0, 3 * 1000 * 37), sums);
    const whole = unfilled(1);
    addon.axisSum(Int32Array.of(1, channels.x.length, 1), channels.x, whole);
    return [sums, whole];
  },
  adamStep(addon) {
    const size = 1003;
    const outputs = [unfilled(size), unfilled(size), unfilled(size)] as const;
    addon.adamStep(
      ...([Int32Array.of(size), 0.01, 0.9, 0.999, 1e-8, 0.05, 7] as const),
      ...([random(30).uniform(size), random(31).uniform(size, -0.1, 0.1)] as const),
      ...([random(32).uniform(size, 0, 0.1), random(33).uniform(size)] as const),
      ...outputs,
    );
    return outputs;
  },
  binaryElementwise(addon) {
    const [a, b] = [random(34).uniform(23 * 37), random(35).uniform(37)];
    return [0, 1, 2, 3].map((operation) => {
      const c = unfilled(a.length);
      addon.binaryElementwise(Int32Array.of(23, 37, 1, 0, operation), a, b, c);
      return c;
    });
  },
  repeatRuns(addon) {
    const y = unfilled(6 * 7 * 3);
    addon.repeatRuns(Int32Array.of(6, 7, 3), random(36).uniform(6 * 7), y);
    return [y];
  },
  spikeBlockForward: fireBlock,
  spikeBlockBackward(addon) {
    const [, mean, variance] = fireBlock(addon);
    const { dimensions, x, dy, decay, threshold, reset, gamma, beta } = block;
    return surrogateNames.flatMap((_, surrogate) => {
      const [dx, dDecay, dGamma, dBeta] = [unfilled(x.length), unfilled(1), unfilled(19), unfilled(19)];
      addon.spikeBlockBackward(
        ...([dimensions, 1e-5, surrogate, 2, 0, 1, dy, x, decay, threshold, reset] as const),
        ...([gamma, beta, mean, variance, dx, dDecay, dGamma, dBeta] as const),
      );
      return [dx, dDecay, dGamma, dBeta];
    });
  },
  packSpikes(addon) {
    const bits = new Uint8Array(126);
    addon.packSpikes(Int32Array.of(1003), random(36).spikes(1003, 0.3), bits);
    return [Float32Array.from(bits)];
  },
  unpackSpikes(addon) {
    const x = unfilled(1003);
    addon.unpackSpikes(Int32Array.of(1003), Uint8Array.from(random(37).uniform(126, 0, 256)), x);
    return [x];
  },
  spikeConvolutionForward(addon) {
    const { dimensions, filter, bias, dy } = convolution;
    return [imageSpikes, fewSpikes].map((spikes) => {
      const y = unfilled(dy.length);
      addon.spikeConvolutionForward(dimensions, spikes, filter, bias, y);
      return y;
    });
  },
  spikeConvolutionFilterGradient(addon) {
    const { dimensions, filter, dy } = convolution;
    return [imageSpikes, fewSpikes].map((spikes) => {
      const dFilter = unfilled(filter.length);
      addon.spikeConvolutionFilterGradient(dimensions, spikes, dy, dFilter);
      return dFilter;
    });
  },
  crossEntropy(addon) {
    const [loss, dLogits] = [unfilled(1), unfilled(501 * 11)];
    const labels = Int32Array.from(random(51).uniform(501, 0, 11));
    addon.crossEntropy(
      Int32Array.of(501, 11),
      1 / 501,
      random(50).uniform(501 * 11, -4, 4),
      labels,
      loss,
      dLogits,
    );
    return [loss, dLogits];
  },
  sgdStep(addon) {
    const size = 1003;
    const outputs = [unfilled(size), unfilled(size)] as const;
    const inputs = [random(52).uniform(size), random(53).uniform(size), random(54).uniform(size)] as const;
    addon.sgdStep(Int32Array.of(size), 0.1, 0.9, 0.05, ...inputs, ...outputs);
    return outputs;
  },
  codebookForward(addon) {
    const { dimensions, weights, midpoints, levels, assignments } = codebook;
    return [null, assignments].map((given) => {
      const y = unfilled(weights.length);
      addon.codebookForward(dimensions, weights, given, midpoints, levels, y);
      return y;
    });
  },
  codebookGradient(addon) {
    const { weights, midpoints, assignments, lowest, highest, dy } = codebook;
    // One codebook per column, and the first column's for all.
    return ([37, 1] as const).flatMap((groups) => {
      const dimensions = Int32Array.of(weights.length, groups, 4);
      const outputs = [unfilled(weights.length), unfilled(4 * groups), unfilled(4 * groups)] as const;
      addon.codebookGradient(
        ...([dimensions, dy, weights, groups === 1 ? assignments : null] as const),
        ...([
          midpoints.subarray(0, 3 * groups),
          lowest.subarray(0, groups),
          highest.subarray(0, groups),
        ] as const),
        ...outputs,
      );
      return outputs;
    });
  },
  spikeConvolutionForwardGrid(addon) {
    const { dimensions, filter, bias, dy } = convolution;
    const steps = random(55).uniform(35, 0.005, 0.01);
    const onGrid = filter.map((value, i) => Math.round(value * 128) * steps[i % 35]!);
    const y = unfilled(dy.length);
    addon.spikeConvolutionForwardGrid(dimensions, imageSpikes, onGrid, steps, bias, y);
    return [y];
  },
};
