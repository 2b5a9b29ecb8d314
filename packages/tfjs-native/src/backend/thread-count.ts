/** The pool's limit, kMaximumThreads in cpp/runtime/thread_pool.h. */
const maximumThreads = 256;

/** The same number, or an Error that names the setting and the remedy. */
export function checkThreadCount(threads: number): number {
  if (Number.isInteger(threads) && threads >= 1 && threads <= maximumThreads) return threads;
  throw new Error(
    `SPIKEFIT_THREADS must be a whole number from 1 to ${maximumThreads}, not ${threads}: ` +
      'set it to the number of CPU cores to use, or leave it unset',
  );
}
