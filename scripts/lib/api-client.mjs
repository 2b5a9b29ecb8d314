// The few calls of the HTTP API that the demo makes, as any client would make them.
import { setTimeout as delay } from 'node:timers/promises';

const mostAttempts = 20;
const longestWaitSeconds = 5;

/** An answer that is a problem (RFC 9457). */
export class ApiProblem extends Error {
  /** @param {import('@spikefit/contracts').Problem} problem */
  constructor(problem) {
    const fields = problem.errors?.map((error) => `\n  ${error.pointer}: ${error.detail}`).join('') ?? '';
    super(`${problem.status} ${problem.code}: ${problem.detail}${fields}`);
    this.name = 'ApiProblem';
    this.problem = problem;
  }
}

/** @param {{ url: string, key: string, signal?: AbortSignal }} options */
export function apiClient({ url, key, signal }) {
  const headers = { authorization: `Bearer ${key}` };

  /** @param {string} path @param {RequestInit} init */
  const answerTo = (path, init) =>
    fetch(new URL(path, url), {
      ...init,
      headers: { ...headers, ...init.headers },
      ...(signal ? { signal } : {}),
    });

  /**
   * A call, repeated while the API says that it cannot answer just now, or the connection breaks: every one of ours may
   * be sent twice.
   * @param {string} path @param {RequestInit} [init]
   */
  async function call(path, init = {}) {
    for (let attempt = 1; ; attempt++) {
      const response = await answerTo(path, init).catch((error) => {
        if (signal?.aborted || attempt === mostAttempts) throw error;
      });
      if (response === undefined) {
        await delay(1000, undefined, signal ? { signal } : {});
        continue;
      }
      if (response.ok) return response;
      const problem = new ApiProblem(
        /** @type {import('@spikefit/contracts').Problem} */ (await response.json()),
      );
      if (![429, 503].includes(response.status) || attempt === mostAttempts) throw problem;
      const seconds = Math.min(longestWaitSeconds, Number(response.headers.get('retry-after') ?? 1));
      await delay(seconds * 1000, undefined, signal ? { signal } : {});
    }
  }

  /**
   * The JSON of an answer.
   * @template T
   * @param {string} path @returns {Promise<T>}
   */
  const get = async (path) => /** @type {T} */ (await (await call(path)).json());

  return {
    get,

    /**
     * @template T
     * @param {string} path @param {unknown} body @param {string} idempotencyKey
     * @returns {Promise<T>}
     */
    post: async (path, body, idempotencyKey) => {
      const response = await call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
        body: JSON.stringify(body),
      });
      return /** @type {T} */ (await response.json());
    },

    /** @param {string} path @returns {Promise<Uint8Array>} */
    download: async (path) => new Uint8Array(await (await call(path)).arrayBuffer()),

    /**
     * The events of a job, as server-sent events, from the first to the one that ends it. A broken connection is taken
     * up again after the last event that was seen.
     * @param {string} path
     * @returns {AsyncGenerator<import('@spikefit/contracts').Event>}
     */
    async *events(path) {
      let last = 0;
      for (;;) {
        try {
          const response = await call(path, {
            headers: { accept: 'text/event-stream', 'last-event-id': String(last) },
          });
          for await (const data of serverSentEvents(response)) {
            /** @type {import('@spikefit/contracts').Event} */
            const event = JSON.parse(data);
            last = event.seq;
            yield event;
            if (['job.succeeded', 'job.failed', 'job.canceled'].includes(event.type)) return;
          }
        } catch (error) {
          if (error instanceof ApiProblem || signal?.aborted) throw error;
        }
        await delay(500, undefined, signal ? { signal } : {});
      }
    },
  };
}

/** The `data` of each event. @param {Response} response @returns {AsyncGenerator<string>} */
async function* serverSentEvents(response) {
  const decoder = new TextDecoder();
  let pending = '';
  for await (const chunk of /** @type {AsyncIterable<Uint8Array>} */ (
    /** @type {unknown} */ (response.body ?? [])
  )) {
    pending += decoder.decode(chunk, { stream: true });
    const blocks = pending.split(/\r?\n\r?\n/);
    pending = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = block
        .split(/\r?\n/)
        .filter((line) => line.startsWith('data:'))
        .map((line) => line.slice(5).trimStart());
      if (data.length > 0) yield data.join('\n');
    }
  }
}
