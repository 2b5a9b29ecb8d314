import { isHeldByWorker, isTerminal, type JobStatus } from '@spikefit/contracts';

/**
 * How long the job has waited and run so far, over all attempts, in whole milliseconds; null while it never did.
 * @param transitions in their order
 * @param now the end of the last period, unless the job has ended
 */
export function jobTimings(
  transitions: readonly { status: JobStatus; at: Date }[],
  now: Date,
): { queuedMs: number | null; runningMs: number | null } {
  let queuedMs: number | null = null;
  let runningMs: number | null = null;
  transitions.forEach(({ status, at }, index) => {
    if (isTerminal(status)) return;
    const until = transitions[index + 1]?.at ?? now;
    const elapsed = Math.max(0, until.getTime() - at.getTime());
    if (status === 'queued') queuedMs = (queuedMs ?? 0) + elapsed;
    if (isHeldByWorker(status)) runningMs = (runningMs ?? 0) + elapsed;
  });
  return { queuedMs, runningMs };
}
