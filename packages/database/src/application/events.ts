import type { Event, EventType } from '@spikefit/contracts';
import type { Connection } from '../connection.ts';
import type { JobEvent } from '../generated/client.ts';
import { isoTime } from '../rows.ts';
import type { EventRepository } from '../surface/application.ts';
import { jobStatusOf } from './read-jobs.ts';

export function createEvents(connection: Connection): EventRepository {
  return {
    newestSeqs: async (jobIds) => {
      const rows = await connection.transaction(
        (tx) => tx.$queryRaw<{ jobId: string; seq: number }[]>`
          SELECT job_id AS "jobId", event_seq AS seq FROM spikefit_event_seqs(${[...jobIds]}::text[])`,
      );
      return new Map(rows.map(({ jobId, seq }) => [jobId, seq]));
    },

    page: ({ tenantId, jobId, afterSeq, limit }) =>
      connection.tenantTransaction(tenantId, async (tx) => {
        const jobStatus = await jobStatusOf(tx, tenantId, jobId);
        if (jobStatus === null) return null;
        const rows = await tx.jobEvent.findMany({
          where: { tenantId, jobId, seq: { gt: afterSeq } },
          orderBy: { seq: 'asc' },
          take: limit + 1,
        });
        return { events: rows.slice(0, limit).map(toEvent), hasMore: rows.length > limit, jobStatus };
      }),
  };
}

export function toEvent(row: JobEvent): Event {
  return {
    id: row.id,
    jobId: row.jobId,
    seq: row.seq,
    type: row.type as EventType,
    at: isoTime(row.at),
    attempt: row.attempt,
    replayed: row.replayed,
    data: row.data as Record<string, unknown>,
  };
}
