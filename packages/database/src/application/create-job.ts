import { CodedError } from '@spikefit/contracts';
import type { Connection, Transaction } from '../connection.ts';
import { newId } from '../ids.ts';
import { toBytes, toJson } from '../rows.ts';
import { addTransition } from '../statements/add-transition.ts';
import { appendEvents } from '../statements/append-events.ts';
import { lockJob } from '../statements/lock-job.ts';
import { unstorableFields } from '../storable-text.ts';
import type { CreateJobOutcome, NewJob, StoredJob } from '../surface/records.ts';
import { keepAnswer, takeKey } from './idempotency.ts';
import { toPlacedJob, withTransitions } from './stored-job.ts';

/** See JobRepository.create. */
export function createJob(connection: Connection, job: NewJob): Promise<CreateJobOutcome> {
  const { webhook, ...rest } = job.requested;
  const { secret: _secret, ...webhookShown } = webhook ?? {};
  const requested = webhook === undefined ? rest : { ...rest, webhook: webhookShown };
  const errors = unstorableFields(requested);
  if (errors.length > 0) {
    return Promise.reject(
      new CodedError('request.invalid', 'the request has text that cannot be stored', { errors }),
    );
  }
  return connection.tenantTransaction(job.tenantId, async (tx, now): Promise<CreateJobOutcome> => {
    if (job.idempotency !== undefined) {
      const answer = await takeKey(tx, job.tenantId, job.idempotency);
      if (answer !== null) return { kind: 'replayed', answer };
    }
    const stored = await insertJob(tx, { ...job, requested: requested as NewJob['requested'] }, now);
    if (job.idempotency !== undefined) {
      await keepAnswer(tx, job.tenantId, job.idempotency, job.idempotency.answer(stored));
    }
    return { kind: 'created', job: stored };
  });
}

async function insertJob(tx: Transaction, job: NewJob, now: Date): Promise<StoredJob> {
  const { resolved, tenantId } = job;
  const id = newId('job');
  await tx.job.create({
    data: {
      id,
      tenantId,
      name: job.name,
      requested: toJson(job.requested),
      resolved: toJson(resolved),
      modelSha256: job.modelSha256,
      architecture: job.requested.model.architecture,
      datasetId: resolved.dataset.id,
      targetId: resolved.target.id,
      targetVersion: resolved.target.version,
      metadata: toJson(job.metadata),
      priority: job.priority,
      seed: resolved.seed,
    },
    select: { id: true },
  });
  // Before the first event, which may already be one that it wants to hear.
  if (job.webhook !== undefined) {
    await tx.webhookEndpoint.createMany({
      data: [
        {
          id: newId('webhookEndpoint'),
          tenantId,
          jobId: id,
          url: job.webhook.url,
          secret: job.webhook.encryptedSecret === null ? null : toBytes(job.webhook.encryptedSecret),
          events: [...job.webhook.events],
        },
      ],
    });
  }
  const locked = await lockJob(tx, id);
  if (locked === null) throw new CodedError('internal.error', 'a job that was just written is not there');
  await addTransition(tx, { ...locked, now }, 'queued', null);
  await appendEvents(tx, { ...locked, now }, [
    {
      type: 'job.created',
      data: {
        name: job.name,
        architecture: job.requested.model.architecture,
        datasetId: resolved.dataset.id,
        targetId: resolved.target.id,
        priority: job.priority,
        seed: resolved.seed,
      },
    },
  ]);
  await tx.outbox.createMany({
    data: [{ tenantId, jobId: id, enqueueSeq: locked.enqueueSeq, priority: job.priority }],
  });
  const row = await tx.job.findUniqueOrThrow({ where: { id }, include: withTransitions });
  return toPlacedJob(tx, row, now);
}
