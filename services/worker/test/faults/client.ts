/** What a user's program does: HTTP and nothing else. */
import type { Event, Job, JobRequest, Report } from '@spikefit/contracts';

export interface Client {
  /** Sends the job until it is answered, always with the same key: an answer that was lost is asked for again. */
  submit(request: JobRequest, idempotencyKey: string): Promise<Job>;
  job(jobId: string): Promise<Job>;
  jobs(): Promise<Job[]>;
  events(jobId: string): Promise<Event[]>;
  report(jobId: string): Promise<Report>;
  artifacts(jobId: string): Promise<{ name: string; sha256: string }[]>;
  /** Waits for the end. */
  untilEnded(jobId: string): Promise<Job>;
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

  const job = (jobId: string) => call<Job>(`/v1/jobs/${jobId}`);
  return {
    submit: (request, idempotencyKey) =>
      call('/v1/jobs', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
        body: JSON.stringify(request),
      }),
    job,
    jobs: () => all('/v1/jobs'),
    events: (jobId) => all(`/v1/jobs/${jobId}/events`),
    report: (jobId) => call(`/v1/jobs/${jobId}/report`),
    artifacts: async (jobId) =>
      (await call<{ data: { name: string; sha256: string }[] }>(`/v1/jobs/${jobId}/artifacts`)).data,
    untilEnded: async (jobId) => {
      for (;;) {
        const now = await job(jobId);
        if (['succeeded', 'failed', 'canceled'].includes(now.status)) return now;
        await pause();
      }
    },
  };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
