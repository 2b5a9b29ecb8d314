/**
 * The only source of time. Production passes a system clock, tests one that they tick by hand.
 * Leases never use it: they live on Postgres's clock.
 */
export interface Clock {
  now(): Date;
  /** Milliseconds from an arbitrary origin, never going back. */
  monotonicMs(): number;
  /** Resolves after `ms`, or rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `callback` every `ms` until disposed. Calls do not overlap when `callback` returns a promise. */
  every(ms: number, callback: () => void | Promise<void>): Disposable;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
  every: (ms, callback) => {
    let timer: NodeJS.Timeout | undefined;
    let stopped = false;
    const next = () => {
      if (!stopped) timer = setTimeout(run, ms);
    };
    const run = () => {
      Promise.resolve()
        .then(callback)
        .then(next, (error: unknown) => {
          next();
          throw error;
        });
    };
    next();
    return {
      [Symbol.dispose]: () => {
        stopped = true;
        clearTimeout(timer);
      },
    };
  },
};
