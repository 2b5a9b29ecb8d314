import type { Bar, BarChart } from '../output/bar-chart.ts';
import { milliseconds, ratio } from '../output/numbers.ts';
import { textTable } from '../output/text-table.ts';
import { type PeerVariant, peerOf } from './sides.ts';
import type { SideResult, StepResult } from './step-result.ts';

/** The backend that everything else is compared with. */
const ownBackend = ({ sides }: StepResult) =>
  sides.flatMap(({ side }) => (side.kind === 'ours' ? [side.backend] : []))[0];

/** Ours with the same neuron as this side; of mixed precision for a bf16 side, where that was measured. */
function counterpart(result: StepResult, { side }: SideResult): SideResult | undefined {
  const backend = ownBackend(result);
  const ours = result.sides.filter(
    (other) =>
      other.side.kind === 'ours' && other.side.backend === backend && other.side.neuron === peerOf(side),
  );
  const wanted = side.kind === 'peer' && side.variant === 'bf16' ? 'mixed' : 'fp32';
  return ours.find((other) => other.side.kind === 'ours' && other.side.precision === wanted) ?? ours[0];
}

/** How many times longer a side takes than ours with the same neuron; undefined for ours itself and for what failed. */
function slowdown(result: StepResult, side: SideResult): number | undefined {
  const ours = counterpart(result, side)?.summary;
  const isOurs = side.side.kind === 'ours' && side.side.backend === ownBackend(result);
  if (isOurs || ours === undefined || side.summary === undefined) return undefined;
  return side.summary.median / ours.median;
}

export function stepTable(result: StepResult): string {
  return textTable(
    ['', 'ms a step', 'quartiles', 'peak MiB', 'ours is faster'],
    result.sides.map((side) => {
      if (side.summary === undefined) return [side.title, 'failed'];
      const { median, lowerQuartile, upperQuartile } = side.summary;
      const factor = slowdown(result, side);
      return [
        side.title,
        milliseconds(median),
        `${milliseconds(lowerQuartile)}–${milliseconds(upperQuartile)}`,
        side.peakMiB.toFixed(0),
        factor === undefined ? '' : ratio(factor),
      ];
    }),
  );
}

const fp32Tuned: readonly PeerVariant[] = ['compiled', 'channels-last'];

/** The fastest peer of some forms. */
function best(result: StepResult, variants: readonly PeerVariant[]): SideResult | undefined {
  return result.sides
    .filter(({ side, summary }) => side.kind === 'peer' && variants.includes(side.variant) && summary)
    .sort((a, b) => a.summary!.median - b.summary!.median)[0];
}

/** What the table says, in sentences. */
export function stepSummary(result: StepResult): string[] {
  const { bound } = result;
  const torch = bound.torchGigaflops === undefined ? '' : `, PyTorch ${bound.torchGigaflops.toFixed(0)}`;
  const lines = [
    `dense fp32 bound: ${bound.gigaOperations.toFixed(1)} GFLOP take ${milliseconds(bound.milliseconds)} ms at the measured dense speed (GFLOP/s: ours ${bound.ourGigaflops.toFixed(0)}${torch})`,
  ];
  for (const side of result.sides) {
    if (side.side.kind === 'ours' && side.summary !== undefined)
      lines.push(`${side.title}: ${(side.summary.median / bound.milliseconds).toFixed(2)} of the bound`);
    if (side.failure !== undefined) lines.push(`${side.title} failed: ${side.failure}`);
  }
  const goals = [
    ['best tuned fp32 peer', best(result, fp32Tuned)],
    ['best tuned bf16 peer', best(result, ['bf16'])],
  ] as const;
  for (const [name, side] of goals) {
    const factor = side && slowdown(result, side);
    if (factor === undefined) continue;
    lines.push(`${name}: ${side!.title}; ${counterpart(result, side!)!.title} is ${ratio(factor)} as fast`);
  }
  return lines;
}

export function stepChart(result: StepResult): BarChart {
  const bars = result.sides.flatMap((side): Bar[] => {
    if (side.summary === undefined) return [];
    const factor = slowdown(result, side);
    const text = `${milliseconds(side.summary.median)} ms${factor === undefined ? '' : `, ${ratio(factor)}`}`;
    return [{ label: side.title, value: side.summary.median, text, ours: side.side.kind === 'ours' }];
  });
  return {
    title: `One training step of ${result.net}, batch ${result.batch}, T = ${result.timeSteps}`,
    axis: `milliseconds, ${result.threads} threads, ${result.machine.cpu}`,
    bars,
    mark: { label: 'dense fp32 bound', value: result.bound.milliseconds },
  };
}
