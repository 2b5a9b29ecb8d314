import type { NativeAddon } from '../../src/addon/native-addon.ts';
import { surrogateNames } from '../../src/fused/fused-kernel-attributes.ts';
import {
  batchNormTrain,
  maxPoolGradient,
  neuronSmoothForward,
  type SpikeBlockOptions,
  type SpikeBlockParameters,
  spikeBlockBackward,
  spikeBlockForward,
  spikeBlockPool,
} from '../../src/reference/index.ts';
import { dot, type GradientCheck, type KernelCase, slopeAlong, unfilled } from './kernel-case.ts';
import { random } from './random.ts';
import { floatsOfBits, unfilledBits } from './spike-bits.ts';

type Size = Pick<SpikeBlockOptions, 'timeSteps' | 'batch' | 'height' | 'width' | 'channels' | 'poolSize'>;
type Input = 'mixed' | 'silent' | 'always';

/** Odd planes leave uncovered rows and columns; odd channels leave bits that share a byte. */
const sizes: readonly Size[] = [
  { timeSteps: 1, batch: 1, height: 1, width: 1, channels: 1, poolSize: 1 },
  { timeSteps: 4, batch: 5, height: 1, width: 1, channels: 10, poolSize: 1 },
  { timeSteps: 3, batch: 2, height: 3, width: 5, channels: 3, poolSize: 1 },
  { timeSteps: 1, batch: 1, height: 2, width: 2, channels: 1, poolSize: 2 },
  { timeSteps: 4, batch: 2, height: 5, width: 7, channels: 3, poolSize: 2 },
  { timeSteps: 4, batch: 3, height: 6, width: 4, channels: 16, poolSize: 2 },
  { timeSteps: 5, batch: 1, height: 7, width: 8, channels: 21, poolSize: 3 },
];
/** More than one task. */
const largeSizes: readonly Size[] = [
  { timeSteps: 2, batch: 9, height: 13, width: 11, channels: 19, poolSize: 1 },
  { timeSteps: 2, batch: 5, height: 15, width: 16, channels: 40, poolSize: 2 },
];

const behaviours = (['if', 'lif'] as const).flatMap((neuron) =>
  (neuron === 'lif' ? [false, true] : [false]).flatMap((decayInput) =>
    (['hard', 'soft'] as const).flatMap((resetMode) =>
      [false, true].map((resetDelay) => ({ neuron, decayInput, resetMode, resetDelay })),
    ),
  ),
);
const normalizations = ['none', 'affine', 'batch'] as const;

interface Setting {
  readonly options: SpikeBlockOptions;
  readonly parameters: SpikeBlockParameters &
    Record<'decay' | 'threshold' | 'reset' | 'first' | 'second', Float32Array>;
  readonly x: Float32Array;
  readonly dy: Float32Array;
  readonly dimensions: Int32Array;
}

function settingOf(options: SpikeBlockOptions, input: Input, seed: number): Setting {
  const data = random(seed);
  const { timeSteps, batch, height, width, channels, poolSize, repeat, normalization } = options;
  const perStep = batch * height * width * channels;
  const outputs = timeSteps * batch * Math.floor(height / poolSize) * Math.floor(width / poolSize) * channels;
  const count = seed % 2 === 0 ? channels : 1;
  const shift = { mixed: [-0.2, 0.8], silent: [-9, -8], always: [9, 10] }[input] as [number, number];
  const kind = options.neuron === 'if' ? 0 : options.decayInput ? 2 : 1;
  return {
    options,
    parameters: {
      decay: Float32Array.of(0.4),
      threshold: data.uniform(count, 0.7, 1.1),
      reset: data.uniform(count, -0.2, 0.2),
      first: data.uniform(channels, 0.5, 1.2),
      second: data.uniform(channels, ...shift),
    },
    x: data.uniform(repeat ? perStep : perStep * timeSteps, -0.6, normalization === 'none' ? 1.8 : 1),
    dy: data.uniform(outputs),
    dimensions: Int32Array.of(
      ...[timeSteps, batch, height, width, channels, poolSize, normalizations.indexOf(normalization)],
      ...[repeat, kind, options.resetMode === 'hard', options.comparison === 'gt'].map(Number),
      Number(options.resetDelay),
    ),
  };
}

/** What a normalisation reads, or null: `least` is the first kind of normalisation that has it. */
const where = <T>(setting: Setting, least: 'affine' | 'batch', value: T): T | null =>
  normalizations.indexOf(setting.options.normalization) >= normalizations.indexOf(least) ? value : null;

const given = (outputs: readonly (Float32Array | null)[]): Float32Array[] =>
  outputs.filter((output) => output !== null);

/** Spikes, their number, and the statistics of the batch. */
function forward(addon: NativeAddon, setting: Setting): Float32Array[] {
  const { options, parameters, x, dy, dimensions } = setting;
  const { decay, threshold, reset, first, second } = parameters;
  const mean = where(setting, 'batch', unfilled(options.channels));
  const variance = where(setting, 'batch', unfilled(options.channels));
  const bits = unfilledBits(dy.length);
  const count = new Int32Array(1);
  addon.spikeBlockForward(
    ...([dimensions, options.epsilon, x, decay, threshold, reset] as const),
    where(setting, 'affine', first),
    where(setting, 'affine', second),
    ...([bits, mean, variance, count] as const),
  );
  return [floatsOfBits(bits, dy.length), Float32Array.from(count), ...given([mean, variance])];
}

/** dx, dDecay, and the gradients of `first` and `second`. */
function backward(addon: NativeAddon, setting: Setting): Float32Array[] {
  const { options, parameters, x, dy, dimensions } = setting;
  const { decay, threshold, reset, first, second } = parameters;
  const { mean, variance } = spikeBlockForward(options, parameters, x);
  const dx = unfilled(x.length);
  const dDecay = unfilled(1);
  const dFirst = where(setting, 'affine', unfilled(options.channels));
  const dSecond = where(setting, 'affine', unfilled(options.channels));
  addon.spikeBlockBackward(
    ...([dimensions, options.epsilon, surrogateNames.indexOf(options.surrogate)] as const),
    ...([options.surrogateParameter, Number(options.detachReset), Number(options.decayGradient)] as const),
    ...([dy, x, decay, threshold, reset] as const),
    where(setting, 'affine', first),
    where(setting, 'affine', second),
    where(setting, 'batch', mean),
    where(setting, 'batch', variance),
    ...([dx, dDecay, dFirst, dSecond] as const),
  );
  return [dx, dDecay, ...given([dFirst, dSecond])];
}

/** Against finite differences of the same block with smooth spikes, through the positions that spiked first. */
function checkGradients(addon: NativeAddon, setting: Setting): GradientCheck[] {
  const { options, parameters, x, dy } = setting;
  const { normalization, channels, epsilon } = options;
  const base = spikeBlockForward(options, parameters, x);
  const routed = maxPoolGradient(spikeBlockPool(options), base.unpooled, dy);
  const trajectory = { spikes: base.unpooled, charged: base.charged };
  const normalize = (
    a: ArrayLike<number>,
    first: ArrayLike<number>,
    second: ArrayLike<number>,
  ): ArrayLike<number> => {
    if (normalization === 'none') return a;
    if (normalization === 'batch') return batchNormTrain(epsilon, a, first, second).y;
    return Float64Array.from(a, (value, i) => value * first[i % channels]! + second[i % channels]!);
  };
  const loss = (
    a: ArrayLike<number>,
    first: ArrayLike<number>,
    second: ArrayLike<number>,
    decay: ArrayLike<number>,
  ): number =>
    dot(
      neuronSmoothForward(options, { ...parameters, decay }, normalize(a, first, second), trajectory),
      routed,
    );
  const { first, second, decay } = parameters;
  const directions = random(4);
  const alongX = directions.uniform(x.length);
  const [dx, dDecay, dFirst, dSecond] = backward(addon, setting);
  const checks: GradientCheck[] = [
    {
      of: 'x',
      analytic: dot(dx!, alongX),
      numeric: slopeAlong((at) => loss(at, first, second, decay), x, alongX, 1e-6),
    },
  ];
  if (options.decayGradient) {
    const numeric = slopeAlong((at) => loss(x, first, second, at), decay, [1], 1e-6);
    checks.push({ of: 'decay', analytic: dDecay![0]!, numeric });
  }
  if (normalization !== 'none') {
    const along = directions.uniform(channels);
    checks.push(
      {
        of: 'first',
        analytic: dot(dFirst!, along),
        numeric: slopeAlong((at) => loss(x, at, second, decay), first, along, 1e-6),
      },
      {
        of: 'second',
        analytic: dot(dSecond!, along),
        numeric: slopeAlong((at) => loss(x, first, at, decay), second, along, 1e-6),
      },
    );
  }
  return checks;
}

function casesOf(setting: Setting, title: string, smooth: boolean): KernelCase[] {
  const { options, parameters, x, dy } = setting;
  const reference = () => spikeBlockForward(options, parameters, x);
  const backwardCase: KernelCase = {
    title: `spike block backward ${title}`,
    run: (addon) => backward(addon, setting),
    expected() {
      const { dx, dDecay, dFirst, dSecond } = spikeBlockBackward(options, parameters, x, reference(), dy);
      return [dx, [dDecay], ...(dFirst.length === 0 ? [] : [dFirst, dSecond])];
    },
    tolerance: 1e-6 * (30 + dy.length / 10),
  };
  return [
    {
      title: `spike block forward ${title}`,
      run: (addon) => forward(addon, setting),
      expected() {
        const { spikes, count, mean, variance } = reference();
        return [[...spikes, 0], [count], ...(mean.length === 0 ? [] : [mean, variance])];
      },
      tolerance: 0,
    },
    smooth ? { ...backwardCase, gradient: (addon) => checkGradients(addon, setting) } : backwardCase,
  ];
}

function buildCases(): KernelCase[] {
  const cases: KernelCase[] = [];
  let seed = 900;
  const add = (
    base: Omit<SpikeBlockOptions, keyof Size | 'epsilon'>,
    size: Size,
    input: Input,
    smooth = true,
  ): void => {
    seed += 1;
    const options = { ...base, ...size, epsilon: 1e-3 };
    const { height, width, channels, poolSize } = size;
    const words = [
      base.normalization,
      base.neuron === 'lif' && base.decayInput ? 'lif decayInput' : base.neuron,
      ...[base.resetMode, base.comparison, base.resetDelay && 'resetDelay', base.repeat && 'repeat'],
      ...[base.surrogate, base.detachReset && 'detached', `T=${size.timeSteps}`],
      ...[`[${size.batch}, ${height}, ${width}, ${channels}]`, poolSize > 1 && `pool ${poolSize}`, input],
    ];
    cases.push(...casesOf(settingOf(options, input, seed), words.filter(Boolean).join(' '), smooth));
  };
  behaviours.forEach((behaviour, index) => {
    sizes.forEach((size, sizeIndex) => {
      const turn = index + sizeIndex;
      add(
        {
          ...behaviour,
          normalization: normalizations[turn % 3]!,
          comparison: index % 2 === 0 ? 'ge' : 'gt',
          surrogate: surrogateNames[turn % surrogateNames.length]!,
          surrogateParameter: 2,
          detachReset: turn % 4 < 2,
          repeat: turn % 5 < 2,
          decayGradient: behaviour.neuron === 'lif' && sizeIndex % 2 === 0,
        },
        size,
        'mixed',
      );
    });
  });
  const plain = {
    ...({
      neuron: 'lif',
      decayInput: false,
      resetMode: 'hard',
      resetDelay: false,
      comparison: 'ge',
    } as const),
    ...({ surrogateParameter: 1.5, detachReset: false, decayGradient: true } as const),
  };
  for (const surrogate of surrogateNames) {
    for (const input of ['mixed', 'silent', 'always'] as const) {
      add({ ...plain, normalization: 'affine', surrogate, repeat: false }, sizes[4]!, input);
    }
  }
  for (const size of largeSizes) {
    for (const repeat of [false, true]) {
      for (const normalization of normalizations) {
        add({ ...plain, normalization, surrogate: 'atan', repeat }, size, 'mixed', false);
      }
    }
  }
  return cases;
}

export const spikeBlockCases: readonly KernelCase[] = buildCases();
