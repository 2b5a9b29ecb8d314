import { type Clock, toCodedError } from '@spikefit/contracts';
import type { Logger } from '@spikefit/telemetry';

export interface RetryOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Tries in all; left out: until the signal is aborted. */
  readonly attempts?: number;
  readonly logger: Logger;
}

const firstDelayMs = 200;
const lastDelayMs = 5000;

/**
 * Repeats a write that fails for a passing reason (error class `transient`), with growing delays. Every write of the
 * worker is fenced and idempotent, so a repetition after a lost answer is harmless. Other errors pass at once.
 * @throws the last error, or the signal's reason
 */
export async function retrying<T>(operation: () => Promise<T>, options: RetryOptions): Promise<T> {
  let delayMs = firstDelayMs;
  for (let attempt = 1; ; attempt += 1) {
    options.signal.throwIfAborted();
    try {
      return await operation();
    } catch (error) {
      const isPassing = toCodedError(error).definition.class === 'transient';
      if (!isPassing || attempt === options.attempts) throw error;
      options.logger.warn({ err: error, attempt, delayMs }, 'failed for a passing reason, it is tried again');
    }
    await options.clock.sleep(delayMs, options.signal);
    delayMs = Math.min(delayMs * 2, lastDelayMs);
  }
}
