import type { NativeAddon } from '../../src/addon/native-addon.ts';
import { type CodebookTensors, codebookForward, codebookGradient } from '../../src/reference/index.ts';
import { dot, type GradientCheck, type KernelCase, slopeAlong, unfilled } from './kernel-case.ts';
import { random } from './random.ts';

type Row = {
  title: string;
  /** Weights, their groups (columns, or 1) and levels. */
  size: readonly [weights: number, groups: number, levels: number];
  /** Every weight lies on a midpoint. */
  ties?: boolean;
  /** The upper half of the levels lies beyond all weights. */
  starved?: boolean;
  assigned?: boolean;
};

const rows: readonly Row[] = [
  { title: 'one weight, one level', size: [1, 1, 1] },
  { title: 'no weights', size: [0, 1, 4] },
  { title: 'no rows', size: [0, 5, 4] },
  { title: 'binary', size: [1003, 1, 2] },
  { title: 'ternary', size: [1003, 1, 3] },
  { title: 'four levels, more than a chunk', size: [140_003, 1, 4] },
  { title: '16 levels', size: [1003, 1, 16] },
  // The most that are compared one by one, and the fewest that are not.
  { title: '24 levels', size: [1003, 1, 24] },
  { title: '25 levels', size: [1003, 1, 25] },
  { title: '33 levels', size: [1003, 1, 33] },
  { title: '256 levels', size: [5003, 1, 256] },
  { title: 'on midpoints', size: [1003, 1, 4], ties: true },
  { title: 'on midpoints, 256 levels', size: [1003, 1, 256], ties: true },
  { title: 'starved levels', size: [1003, 1, 8], starved: true },
  { title: 'assigned', size: [1003, 1, 4], assigned: true },
  { title: 'per channel', size: [9 * 37, 37, 4] },
  { title: 'per channel, rows of more than a task', size: [1100 * 70, 70, 3] },
  { title: 'per channel, 3 channels', size: [99, 3, 2] },
  { title: 'per channel, on midpoints', size: [90 * 10, 10, 5], ties: true },
  { title: 'per channel, starved levels', size: [90 * 10, 10, 6], starved: true },
  { title: 'per channel, 256 levels', size: [40 * 19, 19, 256] },
  { title: 'per channel, 25 levels', size: [40 * 19, 19, 25] },
  { title: 'per channel, more columns than a task', size: [20 * 150, 150, 256] },
  { title: 'per channel, one row', size: [150, 150, 3] },
  { title: 'per channel, assigned', size: [9 * 37, 37, 16], assigned: true },
];

function tensorsOf({ size: [size, groups, count], ...row }: Row, seed: number) {
  const data = random(seed);
  const levels = new Float32Array(count * groups);
  const midpoints = new Float32Array((count - 1) * groups);
  for (let group = 0; group < groups; group += 1) {
    const own = data.uniform(count).sort();
    for (let rank = 0; rank < count; rank += 1) {
      levels[rank * groups + group] = own[rank]! + (row.starved && rank >= count / 2 ? 9 : 0);
    }
    for (let rank = 0; rank + 1 < count; rank += 1) {
      midpoints[rank * groups + group] =
        (levels[rank * groups + group]! + levels[(rank + 1) * groups + group]!) / 2;
    }
  }
  const weights = data.uniform(size, -1.3, 1.3);
  if (row.ties) {
    for (let i = 0; i < size; i += 1) weights[i] = midpoints[(i % (count - 1)) * groups + (i % groups)]!;
  }
  const assignments = row.assigned ? Uint8Array.from(data.uniform(size, 0, count)) : null;
  const tensors = { groups, weights, assignments, midpoints, levels } satisfies CodebookTensors;
  const range = { lowest: data.uniform(groups, -1.2, -0.8), highest: data.uniform(groups, 0.8, 1.2) };
  return { tensors, range, dy: data.uniform(size) };
}

function casesOf(row: Row, seed: number): KernelCase[] {
  const { tensors, range, dy } = tensorsOf(row, seed);
  const { weights, assignments, midpoints, levels } = tensors;
  const dimensions = Int32Array.from(row.size);
  const gradient = (addon: NativeAddon): [Float32Array, Float32Array, Float32Array] => {
    const outputs = [unfilled(weights.length), unfilled(levels.length), unfilled(levels.length)] as const;
    const { lowest, highest } = range;
    addon.codebookGradient(
      ...([dimensions, dy, weights, assignments, midpoints, lowest, highest] as const),
      ...outputs,
    );
    return [...outputs];
  };
  /** `sums` [groups, levels] is the gradient by the levels [levels, groups], as long as no weight changes its level. */
  const checkLevels = (sums: Float32Array): GradientCheck => {
    const [, groups, count] = row.size;
    const direction = random(seed).uniform(levels.length);
    const byRank = sums.map((_, i) => sums[(i % groups) * count + Math.floor(i / groups)]!);
    const loss = (point: Float64Array): number => dot(codebookForward({ ...tensors, levels: point }), dy);
    const numeric = slopeAlong(loss, levels, direction, 0.5);
    return { of: 'levels', analytic: dot(byRank, direction), numeric };
  };
  return [
    {
      title: `codebook ${row.title}`,
      run(addon) {
        const y = unfilled(weights.length);
        addon.codebookForward(dimensions, weights, assignments, midpoints, levels, y);
        return [y];
      },
      expected: () => [codebookForward(tensors)],
      tolerance: 0,
    },
    {
      title: `codebook gradient ${row.title}`,
      run: gradient,
      expected() {
        const { dWeights, sums, counts } = codebookGradient(tensors, range, dy);
        // The sums are rounded once.
        return [dWeights, Float32Array.from(sums), counts];
      },
      tolerance: 1e-5,
      gradient: (addon) => [checkLevels(gradient(addon)[1])],
    },
  ];
}

export const codebookCases: readonly KernelCase[] = rows.flatMap((row, index) => casesOf(row, 3000 + index));
