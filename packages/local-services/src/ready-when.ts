import { setTimeout as delay } from 'node:timers/promises';

/** When a process counts as ready: a line of its output, an answer over HTTP with 2xx, or any probe. */
export type ReadyWhen = { line: RegExp } | { http: string } | { probe: () => Promise<boolean> };

export interface LineSource {
  /** Calls the listener with every line, past ones first; the answer takes the listener away. */
  onLine(listener: (line: string) => void): () => void;
}

/** Never settles once `signal` is aborted. */
export async function untilReady(
  process: LineSource,
  readyWhen: ReadyWhen | undefined,
  signal: AbortSignal,
): Promise<'ready'> {
  if (readyWhen === undefined) return 'ready';
  if ('line' in readyWhen) {
    return new Promise((resolve) => {
      const forget = process.onLine((line) => {
        if (readyWhen.line.test(line)) resolve('ready');
      });
      signal.addEventListener('abort', () => forget(), { once: true });
    });
  }
  const probe = 'http' in readyWhen ? () => answers(readyWhen.http) : readyWhen.probe;
  for (;;) {
    if (await probe().catch(() => false)) return 'ready';
    if (signal.aborted) return new Promise(() => {});
    await delay(50);
  }
}

async function answers(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  await response.arrayBuffer();
  return response.ok;
}
