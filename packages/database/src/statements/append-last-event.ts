/**
 * The event that ends a job. When the job is the last of its sweep to end, `sweep.completed` comes just before it, so that the
 * last event of a job stays the one that ends it.
 */
import type { Transaction } from '../connection.ts';
import { summaryOf } from '../sweeps/read-sweeps.ts';
import { appendEvents, type EventDraft } from './append-events.ts';
import type { LockedJob } from './lock-job.ts';

export interface PlaceInSweep {
  /** Whether others of its sweep, locked as well, are still to end in this transaction: then it is not the last. */
  readonly othersFollow?: boolean;
}

/** Call it after the job's change of status. */
export async function appendLastEvent(
  tx: Transaction,
  job: LockedJob,
  last: EventDraft,
  { othersFollow = false }: PlaceInSweep = {},
): Promise<void> {
  const completion = othersFollow ? [] : await completionOfSweep(tx, job);
  await appendEvents(tx, job, [...completion, last]);
}

/**
 * Jobs of a sweep that end at the same time wait for each other at its row, each with its own row locked: the last one sees
 * that all have ended, and no other does. Whoever locks several jobs of a sweep locks them all before the first one ends.
 */
async function completionOfSweep(tx: Transaction, job: LockedJob): Promise<EventDraft[]> {
  const [sweep] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM sweeps WHERE id = (SELECT sweep_id FROM jobs WHERE id = ${job.id}) FOR NO KEY UPDATE`;
  if (sweep === undefined) return [];
  const [unfinished] = await tx.$queryRaw<unknown[]>`
    SELECT FROM jobs WHERE sweep_id = ${sweep.id} AND status NOT IN ('succeeded', 'failed', 'canceled') LIMIT 1`;
  if (unfinished !== undefined) return [];
  const row = await tx.sweep.findUniqueOrThrow({ where: { id: sweep.id } });
  const { id, name, status, cells, counts, resumes } = await summaryOf(tx, row);
  return [{ type: 'sweep.completed', data: { sweep: { id, name, status, cells, counts, resumes } } }];
}
