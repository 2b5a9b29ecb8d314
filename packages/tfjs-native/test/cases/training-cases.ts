import { crossEntropy, sgdStep } from '../../src/reference/index.ts';
import { dot, type KernelCase, slopeAlong, unfilled } from './kernel-case.ts';
import { random } from './random.ts';

type LossRow = {
  title: string;
  rows: number;
  classes: number;
  /** Logits lie in [−range, range). */
  range?: number;
  labels?: readonly number[];
};

const lossRows: readonly LossRow[] = [
  { title: 'batch 1', rows: 1, classes: 10 },
  { title: 'one class', rows: 5, classes: 1 },
  { title: 'two classes', rows: 7, classes: 2 },
  { title: 'more than a chunk', rows: 1501, classes: 11 },
  { title: 'rows longer than a chunk', rows: 3, classes: 5003 },
  { title: 'logits that overflow an exponential', rows: 9, classes: 10, range: 2000 },
  { title: 'labels that are no class', rows: 4, classes: 3, labels: [-1, 2, 3, 0] },
  { title: 'empty batch', rows: 0, classes: 4 },
];

function crossEntropyCase({ title, rows, classes, range = 4, labels }: LossRow, seed: number): KernelCase {
  const data = random(seed);
  const logits = data.uniform(rows * classes, -range, range);
  const targets = Int32Array.from(labels ?? data.uniform(rows, 0, classes).map(Math.floor));
  const scale = 1 / Math.max(1, rows);
  return {
    title: `cross entropy ${title}`,
    run(addon) {
      const [loss, dLogits] = [unfilled(1), unfilled(logits.length)];
      addon.crossEntropy(Int32Array.of(rows, classes), scale, logits, targets, loss, dLogits);
      return [loss, dLogits];
    },
    expected() {
      const { loss, dLogits } = crossEntropy(scale, logits, targets);
      return [[loss], dLogits];
    },
    // Half a unit in the last place of a float, at this size of the loss.
    tolerance: 1e-7 * Math.max(1, range),
    gradient(addon) {
      const [loss, dLogits] = [unfilled(1), unfilled(logits.length)];
      addon.crossEntropy(Int32Array.of(rows, classes), scale, logits, targets, loss, dLogits);
      const direction = data.uniform(logits.length);
      const numeric = slopeAlong((point) => crossEntropy(scale, point, targets).loss, logits, direction);
      return [{ of: 'logits', analytic: dot(dLogits, direction), numeric }];
    },
  };
}

function sgdCase(size: number, momentum: number, weightDecay: number, seed: number): KernelCase {
  const data = random(seed);
  const [parameter, velocity, gradient] = [data.uniform(size), data.uniform(size), data.uniform(size)];
  const options = { learningRate: 0.1, momentum, weightDecay };
  return {
    title: `SGD step, ${size} parameters, momentum ${momentum}, weight decay ${weightDecay}`,
    run(addon) {
      const settings = [Int32Array.of(size), options.learningRate, momentum, weightDecay] as const;
      const outputs = [unfilled(size), unfilled(size)] as const;
      addon.sgdStep(...settings, parameter, velocity, gradient, ...outputs);
      // Again, each output being its own input.
      const own = [parameter.slice(), velocity.slice()] as const;
      addon.sgdStep(...settings, ...own, gradient, ...own);
      return [...outputs, ...own];
    },
    expected() {
      const next = sgdStep(options, { parameter, velocity }, gradient);
      return [next.parameter, next.velocity, next.parameter, next.velocity];
    },
    tolerance: 3e-7,
  };
}

export const trainingCases: readonly KernelCase[] = [
  ...lossRows.map((row, index) => crossEntropyCase(row, 1700 + index)),
  sgdCase(1, 0.9, 0, 1720),
  sgdCase(1003, 0.9, 0.05, 1721),
  sgdCase(40_000, 0, 0.01, 1722),
];
