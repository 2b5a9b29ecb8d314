import type { NativeAddon } from '../../src/addon/native-addon.ts';
import { type SurrogateName, surrogateNames } from '../../src/fused/fused-kernel-attributes.ts';
import {
  type NeuronOptions,
  type NeuronParameters,
  neuronBackward,
  neuronForward,
  neuronSmoothForward,
} from '../../src/reference/index.ts';
import { dot, type GradientCheck, type KernelCase, slopeAlong, unfilled } from './kernel-case.ts';
import { random } from './random.ts';

type Sizes = { timeSteps: number; rows: number; channels: number };
type Input = 'mixed' | 'silent' | 'always';

const sizes: readonly Sizes[] = [
  { timeSteps: 1, rows: 1, channels: 1 },
  { timeSteps: 4, rows: 5, channels: 3 },
  { timeSteps: 7, rows: 3, channels: 21 },
  { timeSteps: 3, rows: 300, channels: 32 },
];

/** Every way a neuron can charge, fire and reset. */
const behaviours = (['if', 'lif'] as const).flatMap((neuron) =>
  (neuron === 'lif' ? [false, true] : [false]).flatMap((decayInput) =>
    (['hard', 'soft'] as const).flatMap((resetMode) =>
      [false, true].map((resetDelay) => ({ neuron, decayInput, resetMode, resetDelay })),
    ),
  ),
);

interface Setting {
  readonly options: NeuronOptions & {
    surrogate: SurrogateName;
    surrogateParameter: number;
    detachReset: boolean;
  };
  readonly parameters: NeuronParameters & {
    decay: Float32Array;
    threshold: Float32Array;
    reset: Float32Array;
  };
  readonly x: Float32Array;
  readonly dy: Float32Array;
  readonly dimensions: Int32Array;
}

function settingOf(
  base: Omit<Setting['options'], 'channels'>,
  size: Sizes,
  input: Input,
  seed: number,
): Setting {
  const data = random(seed);
  const { channels, rows, timeSteps } = size;
  const options = { ...base, channels, timeSteps };
  const perStep = rows * channels;
  // Every other setting has parameters per channel.
  const count = seed % 2 === 0 ? channels : 1;
  const length = options.repeat ? perStep : perStep * timeSteps;
  const range = { mixed: [-0.4, 1.6], silent: [-1, -0.5], always: [4, 5] }[input];
  const kind = options.neuron === 'if' ? 0 : options.decayInput ? 2 : 1;
  return {
    options,
    parameters: {
      decay: Float32Array.of(0.4),
      threshold: data.uniform(count, 0.7, 1.1),
      reset: data.uniform(count, -0.2, 0.2),
    },
    x: data.uniform(length, range[0], range[1]),
    dy: data.uniform(perStep * timeSteps),
    dimensions: Int32Array.of(
      ...[timeSteps, perStep, channels, Number(options.repeat), kind],
      ...[options.resetMode === 'hard', options.comparison === 'gt', options.resetDelay].map(Number),
    ),
  };
}

function forward(
  addon: NativeAddon,
  { dimensions, x, dy, parameters }: Setting,
): [Float32Array, Float32Array] {
  const spikes = unfilled(dy.length);
  const charged = unfilled(dy.length);
  const { decay, threshold, reset } = parameters;
  addon.neuronForward(dimensions, x, decay, threshold, reset, spikes, charged);
  return [spikes, charged];
}

function backward(addon: NativeAddon, setting: Setting, charged: Float32Array): [Float32Array, Float32Array] {
  const { dimensions, options, parameters, x, dy } = setting;
  const dx = unfilled(x.length);
  const dDecay = unfilled(1);
  const surrogate = surrogateNames.indexOf(options.surrogate);
  const needsInput = options.resetDelay && options.resetMode === 'hard' && !options.detachReset;
  addon.neuronBackward(
    dimensions,
    surrogate,
    options.surrogateParameter,
    Number(options.detachReset),
    dy,
    charged,
    needsInput ? x : null,
    parameters.decay,
    parameters.threshold,
    parameters.reset,
    dx,
    dDecay,
  );
  return [dx, dDecay];
}

/** Back-propagation against finite differences of the model with the surrogate's primitive for a spike. */
function checkGradients(addon: NativeAddon, setting: Setting): GradientCheck[] {
  const { options, parameters, x, dy } = setting;
  const [spikes, charged] = forward(addon, setting);
  const [dx, dDecay] = backward(addon, setting, charged);
  const base = { spikes, charged };
  const direction = random(9).uniform(x.length);
  const byInput = (point: Float64Array): number =>
    dot(neuronSmoothForward(options, parameters, point, base), dy);
  const byDecay = (decay: Float64Array): number =>
    dot(neuronSmoothForward(options, { ...parameters, decay }, x, base), dy);
  return [
    { of: 'x', analytic: dot(dx, direction), numeric: slopeAlong(byInput, x, direction, 1e-6) },
    { of: 'decay', analytic: dDecay[0]!, numeric: slopeAlong(byDecay, parameters.decay, [1], 1e-6) },
  ];
}

function casesOf(setting: Setting, title: string): KernelCase[] {
  const { options, parameters, x, dy } = setting;
  return [
    {
      title: `neuron forward ${title}`,
      run: (addon) => forward(addon, setting),
      expected() {
        const { spikes, charged } = neuronForward(options, parameters, x);
        return [spikes, charged];
      },
      tolerance: 0,
    },
    {
      title: `neuron backward ${title}`,
      run: (addon) => backward(addon, setting, neuronForward(options, parameters, x).charged),
      expected() {
        const { charged } = neuronForward(options, parameters, x);
        const { dx, dDecay } = neuronBackward(options, parameters, x, charged, dy);
        return [dx, [dDecay]];
      },
      tolerance: 1e-6 * (20 + dy.length / 10),
      gradient: (addon) => checkGradients(addon, setting),
    },
  ];
}

function buildCases(): KernelCase[] {
  const cases: KernelCase[] = [];
  let seed = 700;
  const add = (base: Omit<Setting['options'], 'channels' | 'timeSteps'>, size: Sizes, input: Input): void => {
    seed += 1;
    const setting = settingOf({ ...base, timeSteps: size.timeSteps }, size, input, seed);
    const words = [
      base.neuron === 'lif' && base.decayInput ? 'lif decayInput' : base.neuron,
      ...[base.resetMode, base.comparison, base.resetDelay && 'resetDelay', base.repeat && 'repeat'],
      ...[base.surrogate, base.detachReset && 'detached', `T=${size.timeSteps}`],
      ...[`[${size.rows}, ${size.channels}]`, input],
    ];
    cases.push(...casesOf(setting, words.filter(Boolean).join(' ')));
  };
  behaviours.forEach((behaviour, index) => {
    sizes.forEach((size, sizeIndex) => {
      for (const detachReset of [true, false]) {
        const surrogate = surrogateNames[(index + sizeIndex) % surrogateNames.length]!;
        const repeat = (index + sizeIndex) % 3 === 0;
        const comparison = index % 2 === 0 ? 'ge' : 'gt';
        const base = {
          ...behaviour,
          comparison,
          surrogate,
          surrogateParameter: 2,
          detachReset,
          repeat,
        } as const;
        add(base, size, 'mixed');
      }
    });
  });
  for (const surrogate of surrogateNames) {
    for (const input of ['mixed', 'silent', 'always'] as const) {
      const behaviour = { neuron: 'lif', decayInput: false, resetMode: 'hard', resetDelay: false } as const;
      const rest = {
        comparison: 'ge',
        surrogate,
        surrogateParameter: 1.5,
        detachReset: false,
        repeat: false,
      } as const;
      add({ ...behaviour, ...rest }, { timeSteps: 5, rows: 4, channels: 10 }, input);
    }
  }
  return cases;
}

/** The membrane is the threshold itself: `ge` fires and `gt` does not, at every kind of finite float. */
function atThreshold(comparison: 'ge' | 'gt'): KernelCase {
  const threshold = Float32Array.of(1, 0, -0, -1.5, 1e-45, -1e-45, 1e-38, -(2 ** -126), 3.4e38);
  const channels = threshold.length;
  const options = {
    ...({ timeSteps: 1, repeat: false, neuron: 'if', decayInput: false, resetMode: 'soft' } as const),
    ...({ comparison, resetDelay: false, channels } as const),
  };
  const parameters = { decay: Float32Array.of(0.5), threshold, reset: Float32Array.of(0) };
  const dimensions = Int32Array.of(1, channels, channels, 0, 0, 0, Number(comparison === 'gt'), 0);
  return {
    title: `neuron forward at the threshold ${comparison}`,
    run(addon) {
      const spikes = unfilled(channels);
      const charged = unfilled(channels);
      addon.neuronForward(
        dimensions,
        threshold,
        parameters.decay,
        threshold,
        parameters.reset,
        spikes,
        charged,
      );
      return [spikes, charged];
    },
    expected() {
      const { spikes, charged } = neuronForward(options, parameters, threshold);
      return [spikes, charged];
    },
    tolerance: 0,
  };
}

export const neuronCases: readonly KernelCase[] = [...buildCases(), atThreshold('ge'), atThreshold('gt')];
