import { Readable, Transform } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import type { DatasetSource } from './source.ts';

/** A transfer that stands still for so long is given up. */
const stallMs = 30_000;

/** Files under a base URL (with a trailing slash). The caller checks what arrives, so redirects may be followed. */
export function downloadSource(baseUrl: string): DatasetSource {
  return {
    name: baseUrl,
    async open(file, _scratch, { signal, announce }) {
      const url = new URL(file.name, baseUrl);
      const stalled = new AbortController();
      const timer = setTimeout(
        () => stalled.abort(new Error(`${url.host} sent nothing for ${stallMs / 1000} s`)),
        stallMs,
      );
      const signals = signal === undefined ? [stalled.signal] : [signal, stalled.signal];
      try {
        announce(`downloading ${url.href}`);
        const response = await fetch(url, { signal: AbortSignal.any(signals) });
        if (!response.ok || response.body === null) {
          await response.body?.cancel();
          throw new Error(`${url.href} answers ${response.status}`);
        }
        // A compressed file is never larger than its content by more than a little.
        const watch = watchBytes(file.bytes + 1024, () => timer.refresh());
        const body = Readable.fromWeb(response.body as ReadableStream);
        body.once('error', (error) => watch.destroy(error));
        watch.once('close', () => {
          clearTimeout(timer);
          body.destroy();
        });
        return body.pipe(watch);
      } catch (error) {
        clearTimeout(timer);
        throw reasonOf(error);
      }
    },
  };
}

/** Passes bytes on, calls `onData` for each chunk, and fails past `limit` bytes. */
function watchBytes(limit: number, onData: () => void): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onData();
      bytes += chunk.byteLength;
      if (bytes > limit) done(new Error(`more than ${limit} bytes were sent`));
      else done(null, chunk);
    },
  });
}

/** `fetch` hides why it failed in `cause`. */
function reasonOf(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  return error.cause instanceof Error
    ? new Error(`${error.message}: ${error.cause.message}`, { cause: error })
    : error;
}
