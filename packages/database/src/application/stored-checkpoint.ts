/** Checkpoints with their codebooks and masks. */
import type {
  Checkpoint as CheckpointResource,
  CheckpointSummary,
  ComputePin,
  Mask as MaskResource,
  Phase,
} from '@spikefit/contracts';
import type { Transaction } from '../connection.ts';
import type { Checkpoint } from '../generated/client.ts';
import { isoTime, isoTimeOrNull } from '../rows.ts';

/** Reads one after the other: the client would send those of two relations at once, which pg does not like. */
export async function loadParts(
  tx: Transaction,
  checkpointId: string,
): Promise<Pick<CheckpointResource, 'codebooks' | 'masks'>> {
  const parts = { where: { checkpointId }, orderBy: { position: 'asc' } } as const;
  const codebooks = await tx.codebook.findMany(parts);
  const masks = await tx.mask.findMany(parts);
  return {
    codebooks: codebooks.map(({ layer, group, levels, codes, delta, counts }) => ({
      layer,
      group,
      levels,
      codes: [...new Int8Array(codes)],
      delta,
      counts,
    })),
    masks: masks.map(({ layer, unit, shape, kept, bitmap }) => ({
      layer,
      unit: unit as MaskResource['unit'],
      shape,
      kept,
      bitmap: Buffer.from(bitmap).toString('base64'),
    })),
  };
}

export function toSummary(row: Checkpoint): CheckpointSummary {
  return {
    id: row.id,
    jobId: row.jobId,
    seq: row.seq,
    attempt: row.attempt,
    phase: row.phase as Phase,
    epoch: row.epoch,
    step: row.step,
    sha256: row.sha256,
    bytes: Number(row.bytes),
    metrics: row.metrics as Record<string, number>,
    pin: row.pin as ComputePin,
    objectKey: row.objectKey,
    createdAt: isoTime(row.createdAt),
    stateDeletedAt: isoTimeOrNull(row.stateDeletedAt),
  };
}
