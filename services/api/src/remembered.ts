import type { Clock } from '@spikefit/contracts';

/**
 * The answer of `ask`, asked at most once in `ms`: whoever comes meanwhile gets the same one, also while it is still
 * being found. A rejection counts like any other answer.
 */
export function remembered<T>(ask: () => Promise<T>, ms: number, clock: Pick<Clock, 'monotonicMs'>) {
  let last: { readonly atMs: number; readonly answer: Promise<T> } | undefined;
  return (): Promise<T> => {
    const nowMs = clock.monotonicMs();
    if (last === undefined || nowMs - last.atMs >= ms) last = { atMs: nowMs, answer: ask() };
    return last.answer;
  };
}
