import type { DatasetSource } from './source.ts';

/** A transfer that stands still for so long is given up. */
const stallMs = 30_000;
/** A compressed file is never larger than its content by more than this. */
const overheadBytes = 1024;

/** Files under a base URL (with a trailing slash). The caller checks what arrives, so redirects may be followed. */
export function downloadSource(baseUrl: string): DatasetSource {
  return {
    name: baseUrl,
    async *read(file, _scratch, { signal, announce }) {
      const url = new URL(file.name, baseUrl);
      const stalled = new AbortController();
      const giveUp = () => stalled.abort(new Error(`${url.host} sent nothing for ${stallMs / 1000} s`));
      const timer = setTimeout(giveUp, stallMs);
      const signals = signal === undefined ? [stalled.signal] : [signal, stalled.signal];
      const limit = file.bytes + overheadBytes;
      let bytes = 0;
      try {
        announce(`downloading ${url.href}`);
        const response = await fetch(url, { signal: AbortSignal.any(signals) });
        if (!response.ok || response.body === null) {
          await response.body?.cancel();
          throw new Error(`${url.href} answers ${response.status}`);
        }
        for await (const chunk of response.body) {
          timer.refresh();
          bytes += chunk.byteLength;
          if (bytes > limit) throw new Error(`more than ${limit} bytes were sent`);
          yield chunk;
        }
      } catch (error) {
        throw reasonOf(error);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** `fetch` hides why it failed in `cause`. */
function reasonOf(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  return error.cause instanceof Error
    ? new Error(`${error.message}: ${error.cause.message}`, { cause: error })
    : error;
}
