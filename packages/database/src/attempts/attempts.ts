import type { Connection } from '../connection.ts';
import { cancelJob, failJob } from '../statements/end-job.ts';
import { interruptJob } from '../statements/interrupt-job.ts';
import { lockLease } from '../statements/lock-job.ts';
import type { AttemptRepository } from '../surface/attempts.ts';
import { claim } from './claim.ts';
import { heartbeat } from './heartbeat.ts';
import { retryLater } from './retry-later.ts';
import { saveCheckpoint } from './save-checkpoint.ts';
import { replacePretrained, savePretrained } from './share-pretraining.ts';
import { succeed } from './succeed.ts';
import { appendTrainerEvents } from './trainer-events.ts';

export function createAttempts(connection: Connection): AttemptRepository {
  return {
    claim: (request) => claim(connection, request),
    heartbeat: (lease, progress) => heartbeat(connection, lease, progress),
    appendEvents: (lease, events) => appendTrainerEvents(connection, lease, events),
    saveCheckpoint: (lease, checkpoint) => saveCheckpoint(connection, lease, checkpoint),
    savePretrained: (lease, state) => savePretrained(connection, lease, state),
    replacePretrained: (lease, state) => replacePretrained(connection, lease, state),
    succeed: (lease, result) => succeed(connection, lease, result),
    fail: (lease, error) =>
      connection.tenantTransaction(lease.tenantId, async (tx) =>
        failJob(tx, await lockLease(tx, lease), error),
      ),
    interrupt: (lease, reason) =>
      connection.tenantTransaction(lease.tenantId, async (tx) =>
        interruptJob(tx, await lockLease(tx, lease), reason),
      ),
    retryLater: (lease, error) => retryLater(connection, lease, error),
    finishCancel: (lease) =>
      connection.tenantTransaction(lease.tenantId, async (tx) =>
        cancelJob(tx, await lockLease(tx, lease), 'canceled on request'),
      ),
  };
}
