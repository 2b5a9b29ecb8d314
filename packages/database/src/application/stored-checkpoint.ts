import type {
  Checkpoint as CheckpointResource,
  ComputePin,
  Mask as MaskResource,
  Phase,
} from '@spikefit/contracts';
import type { Checkpoint, Codebook, Mask } from '../generated/client.ts';
import { isoTime } from '../rows.ts';

export type CheckpointRow = Checkpoint & { codebooks: Codebook[]; masks: Mask[] };

export const withCodebooksAndMasks = {
  codebooks: { orderBy: { position: 'asc' } },
  masks: { orderBy: { position: 'asc' } },
} as const;

export function toCheckpoint(row: CheckpointRow): CheckpointResource {
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
    codebooks: row.codebooks.map(({ layer, group, levels, codes, delta, counts }) => ({
      layer,
      group,
      levels,
      codes: [...new Int8Array(codes)],
      delta,
      counts,
    })),
    masks: row.masks.map(({ layer, unit, shape, kept, bitmap }) => ({
      layer,
      unit: unit as MaskResource['unit'],
      shape,
      kept,
      bitmap: Buffer.from(bitmap).toString('base64'),
    })),
    objectKey: row.objectKey,
    createdAt: isoTime(row.createdAt),
  };
}
