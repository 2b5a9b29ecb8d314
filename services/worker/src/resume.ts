import path from 'node:path';
import { type CheckpointSummary, toCodedError } from '@spikefit/contracts';
import type { Claim } from '@spikefit/database';
import type { Resources } from './resources.ts';
import { retrying } from './retrying.ts';

export interface ResumePoint {
  readonly path: string;
  readonly sha256: string;
  readonly checkpoint: CheckpointSummary;
}

/**
 * Brings the newest readable checkpoint into the scratch folder, its checksum verified. One that is missing or
 * damaged is skipped for the one before: that costs time, and the same steps run again give the same bits.
 * @returns null: there is none, begin from the start
 */
export async function fetchResumePoint(
  resources: Resources,
  claim: Claim,
  scratchDirectory: string,
  signal: AbortSignal,
): Promise<ResumePoint | null> {
  const { clock, logger, objectStore } = resources;
  for await (const checkpoint of newestFirst(resources, claim)) {
    const file = path.join(scratchDirectory, `resume-${checkpoint.seq}.safetensors`);
    try {
      await retrying(() => objectStore.getToFile(checkpoint.objectKey, file, checkpoint.sha256), {
        clock,
        logger,
        signal,
      });
      return { path: file, sha256: checkpoint.sha256, checkpoint };
    } catch (error) {
      const { code } = toCodedError(error);
      if (code !== 'object.not-found' && code !== 'object.corrupt') throw error;
      logger.warn(
        { jobId: claim.lease.jobId, checkpointId: checkpoint.id, seq: checkpoint.seq, code },
        'checkpoint cannot be used, the one before is tried',
      );
    }
  }
  return null;
}

async function* newestFirst(resources: Resources, claim: Claim): AsyncGenerator<CheckpointSummary> {
  if (claim.latestCheckpoint === null) return;
  yield claim.latestCheckpoint;
  const { jobId, tenantId } = claim.lease;
  const earlier: CheckpointSummary[] = [];
  let after: string | undefined;
  do {
    const page = await resources.database.checkpoints.list({ tenantId, jobId, limit: 50, after });
    earlier.push(...(page?.data ?? []));
    after = page?.nextCursor ?? undefined;
  } while (after !== undefined);
  for (const checkpoint of earlier.reverse()) {
    const isThere = checkpoint.stateDeletedAt === null;
    if (isThere && checkpoint.seq < claim.latestCheckpoint.seq) yield checkpoint;
  }
}
