import {
  axisSum,
  batchNormTrain,
  batchNormTrainGradient,
  channelAffine,
  channelAffineGradient,
} from '../../src/reference/index.ts';
import { dot, type KernelCase, slopeAlong, unfilled } from './kernel-case.ts';
import { random } from './random.ts';

const epsilon = 1e-3;
const shapes = [
  [1, 1],
  [7, 1],
  [2, 3],
  [50, 16],
  [33, 19],
  [40, 65],
  [9000, 24],
] as const;

function batchNormCases(rows: number, channels: number, seed: number): KernelCase[] {
  const data = random(seed);
  const dimensions = Int32Array.of(rows, channels);
  const x = data.uniform(rows * channels, -1, 3);
  const dy = data.uniform(rows * channels);
  const gamma = data.uniform(channels, 0.5, 2);
  const beta = data.uniform(channels);
  const { mean, variance } = batchNormTrain(epsilon, x, gamma, beta);
  const [mean32, variance32] = [Float32Array.from(mean), Float32Array.from(variance)];
  const gradients = (addon: Parameters<KernelCase['run']>[0]): Float32Array[] => {
    const outputs = [unfilled(x.length), unfilled(channels), unfilled(channels)] as const;
    addon.batchNormTrainGradient(dimensions, epsilon, dy, x, mean32, variance32, gamma, ...outputs);
    return [...outputs];
  };
  return [
    {
      title: `batch norm [${rows}, ${channels}]`,
      run(addon) {
        const outputs = [unfilled(x.length), unfilled(channels), unfilled(channels)] as const;
        addon.batchNormTrain(dimensions, epsilon, x, gamma, beta, ...outputs);
        return outputs;
      },
      expected: () => [batchNormTrain(epsilon, x, gamma, beta).y, mean, variance],
      tolerance: 4e-6,
    },
    {
      title: `batch norm gradient [${rows}, ${channels}]`,
      run: gradients,
      expected() {
        const { dx, dGamma, dBeta } = batchNormTrainGradient(epsilon, dy, x, mean32, variance32, gamma);
        return [dx, dGamma, dBeta];
      },
      // One row has variance 0 and σ = √ε: everything is 32 times larger.
      tolerance: rows === 1 ? 1e-4 : 2e-7 * (50 + rows),
      gradient(addon) {
        const [dx, dGamma, dBeta] = gradients(addon) as [Float32Array, Float32Array, Float32Array];
        const alongX = data.uniform(x.length);
        const along = data.uniform(channels);
        const loss = (a: ArrayLike<number>, b: ArrayLike<number>, c: ArrayLike<number>): number =>
          dot(batchNormTrain(epsilon, a, b, c).y, dy);
        return [
          {
            of: 'x',
            analytic: dot(dx, alongX),
            numeric: slopeAlong((point) => loss(point, gamma, beta), x, alongX),
          },
          {
            of: 'gamma',
            analytic: dot(dGamma, along),
            numeric: slopeAlong((point) => loss(x, point, beta), gamma, along),
          },
          {
            of: 'beta',
            analytic: dot(dBeta, along),
            numeric: slopeAlong((point) => loss(x, gamma, point), beta, along),
          },
        ];
      },
    },
  ];
}

function affineCases(rows: number, channels: number, seed: number): KernelCase[] {
  const data = random(seed);
  const dimensions = Int32Array.of(rows, channels);
  const [x, dy] = [data.uniform(rows * channels), data.uniform(rows * channels)];
  const [scale, shift] = [data.uniform(channels), data.uniform(channels)];
  const gradients = (addon: Parameters<KernelCase['run']>[0]): Float32Array[] => {
    const outputs = [unfilled(x.length), unfilled(channels), unfilled(channels)] as const;
    addon.channelAffineGradient(dimensions, dy, x, scale, ...outputs);
    return [...outputs];
  };
  return [
    {
      title: `channel affine [${rows}, ${channels}]`,
      run(addon) {
        const y = unfilled(x.length);
        addon.channelAffine(dimensions, x, scale, shift, y);
        return [y];
      },
      expected: () => [channelAffine(x, scale, shift)],
      tolerance: 3e-7,
    },
    {
      title: `channel affine gradient [${rows}, ${channels}]`,
      run: gradients,
      expected() {
        const { dx, dScale, dShift } = channelAffineGradient(dy, x, scale);
        return [dx, dScale, dShift];
      },
      // The sums are exact but for their last rounding to float32.
      tolerance: 1e-5,
      gradient(addon) {
        const [dx, dScale, dShift] = gradients(addon) as [Float32Array, Float32Array, Float32Array];
        const alongX = data.uniform(x.length);
        const along = data.uniform(channels);
        const loss = (a: ArrayLike<number>, b: ArrayLike<number>, c: ArrayLike<number>): number =>
          dot(channelAffine(a, b, c), dy);
        return [
          {
            of: 'x',
            analytic: dot(dx, alongX),
            numeric: slopeAlong((point) => loss(point, scale, shift), x, alongX),
          },
          {
            of: 'scale',
            analytic: dot(dScale, along),
            numeric: slopeAlong((point) => loss(x, point, shift), scale, along),
          },
          {
            of: 'shift',
            analytic: dot(dShift, along),
            numeric: slopeAlong((point) => loss(x, scale, point), shift, along),
          },
        ];
      },
    },
  ];
}

function sumCase(outer: number, reduced: number, inner: number, seed: number): KernelCase {
  const x = random(seed).uniform(outer * reduced * inner);
  return {
    title: `axis sum [${outer}, ${reduced}, ${inner}]`,
    run(addon) {
      const sums = unfilled(outer * inner);
      addon.axisSum(Int32Array.of(outer, reduced, inner), x, sums);
      return [sums];
    },
    expected: () => [axisSum(outer, reduced, inner, x)],
    tolerance: 1e-5,
  };
}

export const channelCases: readonly KernelCase[] = [
  ...shapes.flatMap(([rows, channels], index) => [
    ...batchNormCases(rows, channels, 1200 + index),
    ...affineCases(rows, channels, 1300 + index),
  ]),
  sumCase(1, 5000, 33, 1400),
  sumCase(1, 100_000, 1, 1401),
  sumCase(77, 40, 1, 1402),
  sumCase(13, 90, 50, 1403),
  sumCase(6, 1, 4, 1404),
  sumCase(3, 0, 4, 1405),
];
