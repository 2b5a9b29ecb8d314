import type { Phase } from '@spikefit/contracts';

/** What the trainer's process had spent, in milliseconds since it started, when something happened in it. */
export interface ProbeMark {
  readonly what: 'phase.started' | 'phase.completed' | 'epoch.completed' | 'checkpoint' | 'saved' | 'done';
  readonly phase: Phase | undefined;
  readonly at: number;
  /** In which native kernels ran, whatever JavaScript did meanwhile. */
  readonly kernels: number;
  /** In handing messages to the channel. */
  readonly sending: number;
  /** In garbage collection. */
  readonly collecting: number;
}

/** Where the time of a stretch of the job went, in milliseconds. */
export interface Spending {
  readonly total: number;
  readonly kernels: number;
  /** From the end of an epoch to its checkpoint's file, and until the worker says that it is stored. */
  readonly checkpoints: number;
  readonly sending: number;
  readonly collecting: number;
  /** TensorFlow.js, batches, and all else in JavaScript, as far as no kernel ran meanwhile. */
  readonly javascript: number;
}

export interface PhaseSpending extends Spending {
  readonly phase: Phase;
}

/** The spending of each phase, in the order in which they ran. @param marks in the order in which they were made */
export function spendingByPhase(marks: readonly ProbeMark[]): PhaseSpending[] {
  return marks
    .filter(({ what }) => what === 'phase.started')
    .map((start) => {
      const end = marks.find(
        ({ what, phase, at }) => what === 'phase.completed' && phase === start.phase && at >= start.at,
      );
      const last = end ?? marks.at(-1)!;
      return { phase: start.phase!, ...spendingBetween(marks, start, last) };
    });
}

/** The spending of the whole job: from the first mark to the last. */
export const spendingOfAll = (marks: readonly ProbeMark[]): Spending =>
  spendingBetween(marks, marks[0]!, marks.at(-1)!);

function spendingBetween(marks: readonly ProbeMark[], start: ProbeMark, end: ProbeMark): Spending {
  const within = marks.filter(({ at }) => at >= start.at && at <= end.at);
  const total = end.at - start.at;
  const kernels = end.kernels - start.kernels;
  const sending = end.sending - start.sending;
  const collecting = end.collecting - start.collecting;
  const checkpoints = checkpointTime(within);
  return {
    total,
    kernels,
    checkpoints,
    sending,
    collecting,
    javascript: Math.max(0, total - kernels - checkpoints - sending - collecting),
  };
}

/** A checkpoint at the end of an epoch begins there; any other is seen from its message on. */
function checkpointTime(marks: readonly ProbeMark[]): number {
  return marks.reduce((sum, mark, index) => {
    if (mark.what !== 'saved') return sum;
    const before = marks.slice(0, index);
    const asked = before.findLastIndex(({ what }) => what === 'checkpoint');
    if (asked < 0) return sum;
    const epoch = before[asked - 1]?.what === 'epoch.completed' ? before[asked - 1] : undefined;
    return sum + mark.at - (epoch ?? before[asked]!).at;
  }, 0);
}
