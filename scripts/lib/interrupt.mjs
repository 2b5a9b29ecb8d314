// Ctrl-C asks for an orderly end; a second one insists.

/**
 * Runs work that ends in good order when its signal is aborted.
 * @param {(signal: AbortSignal) => Promise<number>} work
 * @returns {Promise<number>} its exit code
 */
export async function untilStopped(work) {
  const abort = new AbortController();
  const onSignal = (/** @type {NodeJS.Signals} */ signal) => {
    if (abort.signal.aborted) process.exit(130);
    console.log(`\n${signal === 'SIGINT' ? 'Ctrl-C' : signal}: stopping; once more to insist`);
    abort.abort(new Error('stopped by the user'));
  };
  const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
  for (const signal of signals) process.on(signal, onSignal);
  try {
    return await work(abort.signal);
  } finally {
    for (const signal of signals) process.removeListener(signal, onSignal);
  }
}
