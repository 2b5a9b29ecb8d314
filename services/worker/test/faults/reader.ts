/** Looks at jobs in the database, past the API, which may be away and limits how often it is asked. */
import type { Event, Report } from '@spikefit/contracts';
import type { ApplicationDatabase, StoredArtifact, StoredJob } from '@spikefit/database';

export interface Reader {
  job(jobId: string): Promise<StoredJob>;
  events(jobId: string): Promise<Event[]>;
  report(jobId: string): Promise<Report | null>;
  artifacts(jobId: string): Promise<StoredArtifact[]>;
  /** Waits for the end. */
  untilEnded(jobId: string): Promise<StoredJob>;
}

export function createReader(application: ApplicationDatabase, tenantId: string): Reader {
  const job = async (jobId: string) => {
    const found = await application.jobs.get({ tenantId, jobId });
    if (found === null) throw new Error(`there is no ${jobId}`);
    return found;
  };
  return {
    job,
    events: async (jobId) => {
      const page = await application.events.page({ tenantId, jobId, afterSeq: 0, limit: 10_000 });
      if (page === null || page.hasMore) throw new Error(`the events of ${jobId} are not one page`);
      return page.events;
    },
    report: async (jobId) => (await application.reports.get({ tenantId, jobId }))?.report ?? null,
    artifacts: async (jobId) => (await application.artifacts.list({ tenantId, jobId })) ?? [],
    untilEnded: async (jobId) => {
      for (;;) {
        const now = await job(jobId);
        if (['succeeded', 'failed', 'canceled'].includes(now.status)) return now;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
  };
}
