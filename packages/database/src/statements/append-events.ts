import type { Event, EventType } from '@spikefit/contracts';
import type { Transaction } from '../connection.ts';
import { newId } from '../ids.ts';
import { isoTime, toJson } from '../rows.ts';
import { storable } from '../storable-text.ts';
import { addDeliveries } from './add-deliveries.ts';
import type { LockedJob } from './lock-job.ts';

export interface EventDraft {
  type: EventType;
  data: Record<string, unknown>;
  replayed?: boolean;
}

/**
 * Writes events of a locked job: the counter in the job's row makes their seq gap-free, a trigger wakes the
 * listeners at commit, and each event gets its webhook deliveries.
 * @param attempt when it is not the one that the job had when it was locked
 */
export async function appendEvents(
  tx: Transaction,
  job: LockedJob,
  drafts: readonly EventDraft[],
  attempt = job.attempt,
): Promise<Event[]> {
  if (drafts.length === 0) return [];
  const [counter] = await tx.$queryRaw<[{ last: number }]>`
    UPDATE jobs SET event_seq = event_seq + ${drafts.length} WHERE id = ${job.id} RETURNING event_seq AS last`;
  const events = drafts.map(
    (draft, index): Event => ({
      id: newId('event'),
      jobId: job.id,
      seq: counter.last - drafts.length + 1 + index,
      type: draft.type,
      at: isoTime(job.now),
      attempt,
      replayed: draft.replayed ?? false,
      data: storable(draft.data),
    }),
  );
  await tx.jobEvent.createMany({
    data: events.map((event) => ({ ...event, tenantId: job.tenantId, data: toJson(event.data) })),
  });
  await addDeliveries(tx, job, events);
  return events;
}
