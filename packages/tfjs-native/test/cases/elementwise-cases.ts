import { adamStep, binaryElementwise } from '../../src/reference/index.ts';
import { type KernelCase, unfilled } from './kernel-case.ts';
import { random } from './random.ts';

const operations = ['add', 'subtract', 'multiply', 'divide'] as const;

function binaryCase(
  operation: (typeof operations)[number],
  swapped: boolean,
  outer: number,
  inner: number,
  repeat: boolean,
  seed: number,
): KernelCase {
  const data = random(seed);
  const a = data.uniform(outer * inner);
  const b = data.uniform(repeat ? inner : outer * inner);
  const dimensions = [outer, inner, Number(repeat), Number(swapped), operations.indexOf(operation)];
  return {
    title: `${operation}${swapped ? ' swapped' : ''} [${outer}, ${inner}]${repeat ? ' repeated' : ''}`,
    run(addon) {
      const c = unfilled(a.length);
      addon.binaryElementwise(Int32Array.from(dimensions), a, b, c);
      return [c];
    },
    expected: () => [binaryElementwise(operation, swapped, a, b)],
    tolerance: 0,
  };
}

function adamCase(size: number, step: number, weightDecay: number, seed: number): KernelCase {
  const data = random(seed);
  const [parameter, firstMoment] = [data.uniform(size), data.uniform(size, -0.1, 0.1)];
  const [secondMoment, gradient] = [data.uniform(size, 0, 0.1), data.uniform(size)];
  const options = { learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step, weightDecay };
  return {
    title: `Adam step ${step}, ${size} parameters, weight decay ${weightDecay}`,
    run(addon) {
      const outputs = [unfilled(size), unfilled(size), unfilled(size)] as const;
      const { learningRate, beta1, beta2, epsilon } = options;
      addon.adamStep(
        ...([Int32Array.of(size), learningRate, beta1, beta2, epsilon, weightDecay, step] as const),
        ...([parameter, firstMoment, secondMoment, gradient] as const),
        ...outputs,
      );
      // Again, each output being its own input.
      const own = [parameter.slice(), firstMoment.slice(), secondMoment.slice()] as const;
      addon.adamStep(
        ...([Int32Array.of(size), learningRate, beta1, beta2, epsilon, weightDecay, step] as const),
        ...([...own, gradient] as const),
        ...own,
      );
      return [...outputs, ...own];
    },
    expected() {
      const next = adamStep(options, { parameter, firstMoment, secondMoment }, gradient);
      const all = [next.parameter, next.firstMoment, next.secondMoment];
      return [...all, ...all];
    },
    tolerance: 3e-6,
  };
}

function repeatCase(runs: number, length: number, repeats: number, seed: number): KernelCase {
  const x = random(seed).uniform(runs * length);
  return {
    title: `${runs} runs of ${length}, ${repeats} times`,
    run(addon) {
      const y = unfilled(runs * length * repeats);
      addon.repeatRuns(Int32Array.of(runs, length, repeats), x, y);
      return [y];
    },
    expected: () => [
      Float32Array.from({ length: runs * length * repeats }, (_, i) => {
        const run = Math.floor(i / (length * repeats));
        return x[run * length + (i % length)]!;
      }),
    ],
    tolerance: 0,
  };
}

export const elementwiseCases: readonly KernelCase[] = [
  ...operations.flatMap((operation, index) => [
    binaryCase(operation, false, 1, 1000, false, 1500 + index),
    binaryCase(operation, true, 1, 37, false, 1510 + index),
    binaryCase(operation, false, 23, 19, true, 1520 + index),
    binaryCase(operation, true, 301, 1, true, 1530 + index),
    binaryCase(operation, false, 3, 40_001, false, 1540 + index),
  ]),
  adamCase(1, 1, 0, 1600),
  adamCase(1003, 7, 0.05, 1601),
  adamCase(40_000, 1000, 0, 1602),
  repeatCase(1, 40, 4, 1590),
  repeatCase(5, 7, 3, 1591),
  repeatCase(9, 1, 2, 1592),
  repeatCase(3, 4, 0, 1593),
  repeatCase(0, 4, 2, 1594),
];
