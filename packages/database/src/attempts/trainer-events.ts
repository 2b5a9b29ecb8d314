import { CodedError, type Event, phases } from '@spikefit/contracts';
import type { Connection, Transaction } from '../connection.ts';
import { appendEvents } from '../statements/append-events.ts';
import { type LockedJob, lockLease } from '../statements/lock-job.ts';
import type { Lease, NewEvent, TrainerEventType } from '../surface/attempts.ts';
import { happenedBefore } from './happened-before.ts';

const trainerEventTypes: readonly string[] = [
  'phase.started',
  'phase.completed',
  'epoch.completed',
  'pruning.stepped',
] satisfies TrainerEventType[];

/** See AttemptRepository.appendEvents. */
export async function appendTrainerEvents(
  connection: Connection,
  lease: Lease,
  events: readonly NewEvent[],
): Promise<Event[]> {
  for (const { type } of events) {
    if (!trainerEventTypes.includes(type)) {
      throw new CodedError('internal.error', `${type} is written by the life cycle, not by the trainer`);
    }
  }
  if (events.length === 0) return [];
  return connection.tenantTransaction(lease.tenantId, async (tx) => {
    const job = await lockLease(tx, lease);
    const drafts = [];
    for (const event of events) {
      const replayed = event.replayed || (await happenedBefore(tx, job, event.type, event.data));
      drafts.push({ type: event.type, data: event.data, replayed });
    }
    await storePhase(tx, job, events);
    return appendEvents(tx, job, drafts);
  });
}

async function storePhase(tx: Transaction, job: LockedJob, events: readonly NewEvent[]): Promise<void> {
  const phase = events.findLast((event) => event.type === 'phase.started')?.data.phase;
  if (phase === undefined) return;
  if (!(phases as readonly unknown[]).includes(phase)) {
    throw new CodedError('internal.error', `phase.started names ${JSON.stringify(phase)}, which is no phase`);
  }
  await tx.job.update({ where: { id: job.id }, data: { phase: String(phase) }, select: { id: true } });
}
