import { CodedError, systemClock } from '@spikefit/contracts';

/**
 * Asks again until the answer is true.
 * @param condition what it throws is thrown here at once
 * @throws CodedError `internal.error` with the condition's source when it does not come true in time, by default just
 *   before the usual time limit of a test
 */
export async function until(
  condition: () => Promise<boolean> | boolean,
  { timeoutMs = 25_000, intervalMs = 10 }: { timeoutMs?: number; intervalMs?: number } = {},
): Promise<void> {
  const started = systemClock.monotonicMs();
  while (!(await condition())) {
    if (systemClock.monotonicMs() - started > timeoutMs) {
      throw new CodedError('internal.error', `not true within ${timeoutMs / 1000} s: ${condition}`);
    }
    await systemClock.sleep(intervalMs);
  }
}
