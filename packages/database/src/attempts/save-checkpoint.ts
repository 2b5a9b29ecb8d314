import { type CheckpointSummary, CodedError } from '@spikefit/contracts';
import { toSummary } from '../application/stored-checkpoint.ts';
import type { Connection } from '../connection.ts';
import { newId } from '../ids.ts';
import { toBytes, toJson } from '../rows.ts';
import { appendEvents } from '../statements/append-events.ts';
import { lockLease } from '../statements/lock-job.ts';
import type { Lease, NewCheckpoint } from '../surface/attempts.ts';
import { happenedBefore } from './happened-before.ts';

/** See AttemptRepository.saveCheckpoint. */
export function saveCheckpoint(
  connection: Connection,
  lease: Lease,
  checkpoint: NewCheckpoint,
): Promise<CheckpointSummary> {
  return connection.tenantTransaction(lease.tenantId, async (tx) => {
    const job = await lockLease(tx, lease);
    const { objectKey, sha256, codebooks, masks, pin, metrics, phase, epoch, step, bytes } = checkpoint;
    const existing = await tx.checkpoint.findFirst({ where: { objectKey } });
    if (existing !== null) {
      if (existing.jobId === job.id && existing.sha256 === sha256) return toSummary(existing);
      throw new CodedError('object.exists', `another checkpoint has the object ${objectKey}`);
    }
    const { _max } = await tx.checkpoint.aggregate({ where: { jobId: job.id }, _max: { seq: true } });
    const { tenantId } = job;
    const row = await tx.checkpoint.create({
      data: {
        id: newId('checkpoint'),
        jobId: job.id,
        seq: (_max.seq ?? 0) + 1,
        tenantId,
        attempt: job.attempt,
        phase,
        epoch,
        step,
        sha256,
        bytes: BigInt(bytes),
        metrics: toJson(metrics),
        pin: toJson(pin),
        objectKey,
        createdAt: job.now,
      },
    });
    await tx.codebook.createMany({
      data: codebooks.map(({ codes, counts, ...codebook }, position) => ({
        ...codebook,
        checkpointId: row.id,
        position,
        tenantId,
        codes: toBytes(new Uint8Array(Int8Array.from(codes).buffer)),
        counts: [...counts],
      })),
    });
    await tx.mask.createMany({
      data: masks.map(({ shape, bitmap, ...mask }, position) => ({
        ...mask,
        checkpointId: row.id,
        position,
        tenantId,
        shape: [...shape],
        bitmap: toBytes(Buffer.from(bitmap, 'base64')),
      })),
    });
    await tx.job.update({ where: { id: job.id }, data: { pin: toJson(pin) }, select: { id: true } });
    const data = { checkpointId: row.id, seq: row.seq, phase, epoch, step, bytes, sha256 };
    const replayed = await happenedBefore(tx, job, 'checkpoint.saved', data);
    await appendEvents(tx, job, [{ type: 'checkpoint.saved', data, replayed }]);
    return toSummary(row);
  });
}
