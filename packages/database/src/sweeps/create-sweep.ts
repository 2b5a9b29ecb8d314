import { CodedError } from '@spikefit/contracts';
import { keepAnswer, takeKey } from '../application/idempotency.ts';
import type { Connection, Transaction } from '../connection.ts';
import { newId } from '../ids.ts';
import { toBytes, toJson } from '../rows.ts';
import { unstorableFields } from '../storable-text.ts';
import type { CreateSweepOutcome, NewSweep, StoredSweep } from '../surface/sweeps.ts';
import { insertJobs } from './insert-jobs.ts';
import { summaryOf } from './read-sweeps.ts';

/** See SweepRepository.create. */
export function createSweep(connection: Connection, sweep: NewSweep): Promise<CreateSweepOutcome> {
  const { name, base, metadata } = sweep;
  const grid = Object.fromEntries(sweep.axes.map((axis) => [axis.name, axis.values]));
  const errors = unstorableFields({ ...(name !== null && { name }), base, grid, metadata });
  if (errors.length > 0) {
    return Promise.reject(
      new CodedError('request.invalid', 'the request has text that cannot be stored', { errors }),
    );
  }
  return connection.tenantTransaction(sweep.tenantId, async (tx, now): Promise<CreateSweepOutcome> => {
    if (sweep.idempotency !== undefined) {
      const answer = await takeKey(tx, sweep.tenantId, sweep.idempotency);
      if (answer !== null) return { kind: 'replayed', answer };
    }
    const stored = await insertSweep(tx, sweep, now);
    if (sweep.idempotency !== undefined) {
      await keepAnswer(tx, sweep.tenantId, sweep.idempotency, sweep.idempotency.answer(stored));
    }
    return { kind: 'created', sweep: stored };
  });
}

async function insertSweep(tx: Transaction, sweep: NewSweep, now: Date): Promise<StoredSweep> {
  const { tenantId, priority, metadata, webhook } = sweep;
  const id = newId('sweep');
  const row = await tx.sweep.create({
    data: {
      id,
      tenantId,
      name: sweep.name,
      base: toJson(sweep.base),
      axes: toJson(sweep.axes),
      cells: sweep.jobs.length,
      priority,
      metadata: toJson(metadata),
      createdAt: now,
    },
  });
  if (webhook !== undefined) {
    await tx.webhookEndpoint.createMany({
      data: [
        {
          id: newId('webhookEndpoint'),
          tenantId,
          sweepId: id,
          url: webhook.url,
          secret: webhook.encryptedSecret === null ? null : toBytes(webhook.encryptedSecret),
          events: [...webhook.events],
        },
      ],
    });
  }
  const cells = sweep.jobs.map((job, cell) => ({ ...job, cell, run: 1 }));
  await insertJobs(tx, { id, tenantId, priority, metadata }, cells, now);
  return summaryOf(tx, row);
}
