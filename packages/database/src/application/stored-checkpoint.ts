/** Checkpoints with their codebooks and masks. */
import type {
  Checkpoint as CheckpointResource,
  ComputePin,
  Mask as MaskResource,
  Phase,
} from '@spikefit/contracts';
import type { Transaction } from '../connection.ts';
import type { Checkpoint, Codebook, Mask } from '../generated/client.ts';
import { isoTime } from '../rows.ts';

/** Three reads one after the other: the client would send those of two relations at once, which pg does not like. */
export async function loadCheckpoints(
  tx: Transaction,
  rows: readonly Checkpoint[],
): Promise<CheckpointResource[]> {
  const parts = {
    where: { checkpointId: { in: rows.map((row) => row.id) } },
    orderBy: { position: 'asc' },
  } as const;
  const codebooks = await tx.codebook.findMany(parts);
  const masks = await tx.mask.findMany(parts);
  return rows.map((row) => toCheckpoint(row, codebooks, masks));
}

export async function loadCheckpoint(
  tx: Transaction,
  row: Checkpoint | null,
): Promise<CheckpointResource | null> {
  if (row === null) return null;
  const [checkpoint] = await loadCheckpoints(tx, [row]);
  return checkpoint ?? null;
}

function toCheckpoint(
  row: Checkpoint,
  codebooks: readonly Codebook[],
  masks: readonly Mask[],
): CheckpointResource {
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
    codebooks: codebooks
      .filter((codebook) => codebook.checkpointId === row.id)
      .map(({ layer, group, levels, codes, delta, counts }) => ({
        layer,
        group,
        levels,
        codes: [...new Int8Array(codes)],
        delta,
        counts,
      })),
    masks: masks
      .filter((mask) => mask.checkpointId === row.id)
      .map(({ layer, unit, shape, kept, bitmap }) => ({
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
