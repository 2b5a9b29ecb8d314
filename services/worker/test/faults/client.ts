/** What a user's program does: sends jobs over HTTP, again and again until there is an answer. */
import type { Job, JobRequest } from '@spikefit/contracts';

export interface Client {
  /** Sends the job until it is answered, always with the same key: an answer that was lost is asked for again. */
  submit(request: JobRequest, idempotencyKey: string): Promise<Job>;
  jobs(): Promise<Job[]>;
}

export function createClient(url: string, apiKey: string): Client {
  const call = async <T>(path: string, init: RequestInit = {}): Promise<T> => {
    for (;;) {
      const answer = await tryCall<T>(path, init);
      if (answer !== null) return answer;
      await pause();
    }
  };

  /** @returns null when the service is away or busy: ask again */
  const tryCall = async <T>(path: string, init: RequestInit): Promise<T | null> => {
    try {
      const response = await fetch(`${url}${path}`, {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${apiKey}` },
        signal: AbortSignal.timeout(5000),
      });
      const body = (await response.json()) as T & { code?: string };
      if (response.ok) return body;
      if (response.status >= 500 || response.status === 429 || body.code === 'idempotency.in-progress')
        return null;
      throw new Error(`${path} answered ${response.status}: ${JSON.stringify(body)}`);
    } catch (error) {
      // fetch's own failures are TypeErrors; a body cut short is a SyntaxError.
      const isAway =
        error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException;
      if (isAway) return null;
      throw error;
    }
  };

  const all = async <T>(path: string): Promise<T[]> => {
    const items: T[] = [];
    let query = '';
    for (;;) {
      const page: { data: T[]; hasMore: boolean; nextCursor: string | null } = await call(
        `${path}?limit=100${query}`,
      );
      items.push(...page.data);
      if (!page.hasMore || page.nextCursor === null) return items;
      query = `&after=${encodeURIComponent(page.nextCursor)}`;
    }
  };

  return {
    submit: (request, idempotencyKey) =>
      call('/v1/jobs', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
        body: JSON.stringify(request),
      }),
    jobs: () => all('/v1/jobs'),
  };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
