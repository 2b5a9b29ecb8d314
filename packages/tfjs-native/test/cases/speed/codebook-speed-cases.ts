import { random } from '../random.ts';
import { empty, type SpeedCase } from './speed-case.ts';

/** One codebook per column of weights [rows, groups], or one for all [rows, 1]; nearest levels. */
function codebookCases(rows: number, groups: number, levelCount: number): SpeedCase[] {
  const elements = rows * groups;
  const dimensions = Int32Array.of(elements, groups, levelCount);
  const name = `codebook of ${levelCount} levels [${rows}, ${groups}]`;
  const data = random(8);
  // Levels are by rank, then group, in [−1, 1]; midpoints lie between neighbours.
  const ranks = (count: number, first: number): Float32Array =>
    Float32Array.from(
      { length: count * groups },
      (_, i) => (2 * (Math.floor(i / groups) + first)) / levelCount - 1,
    );
  const weights = (): Float32Array => data.uniform(elements);
  const [levels, midpoints] = [ranks(levelCount, 0.5), ranks(levelCount - 1, 1)];
  return [
    {
      kernel: 'codebookForward',
      title: `${name} forward`,
      work: { elements },
      prepare(addon) {
        const [input, y] = [weights(), empty(elements)];
        return () => addon.codebookForward(dimensions, input, null, midpoints, levels, y);
      },
    },
    {
      kernel: 'codebookGradient',
      title: `${name} gradient`,
      work: { elements },
      prepare(addon) {
        const [dy, input] = [weights(), weights()];
        const range = [empty(groups).fill(-1), empty(groups).fill(1)] as const;
        const outputs = [empty(elements), empty(levels.length), empty(levels.length)] as const;
        return () => addon.codebookGradient(dimensions, dy, input, null, midpoints, ...range, ...outputs);
      },
    },
  ];
}

export const codebookSpeedCases: readonly SpeedCase[] = [
  ...codebookCases(6272 * 2048, 1, 4),
  ...codebookCases(6272 * 2048, 1, 256),
  ...codebookCases(6272, 2048, 4),
  ...codebookCases(6272, 2048, 256),
  ...codebookCases(1152, 128, 16),
];
