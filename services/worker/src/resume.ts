import path from 'node:path';
import { type CheckpointSummary, type ComputePin, pinOfJob, toCodedError } from '@spikefit/contracts';
import type { Claim } from '@spikefit/database';
import type { Resources } from './resources.ts';
import { retrying } from './retrying.ts';

export interface ResumePoint {
  readonly path: string;
  readonly sha256: string;
  readonly pin: ComputePin;
  /** For people. */
  readonly from: string;
}

type Download = (objectKey: string, name: string, sha256: string) => Promise<string | null>;

/**
 * Brings the newest readable checkpoint into the scratch folder, its checksum verified; without one, the dense network
 * that another job trained. What is missing or damaged is skipped for what is before it: that costs time, and the same
 * steps run again give the same bits.
 * @returns null: there is none, begin from the start
 */
export async function fetchResumePoint(
  resources: Resources,
  claim: Claim,
  scratchDirectory: string,
  signal: AbortSignal,
): Promise<ResumePoint | null> {
  const { clock, logger, objectStore } = resources;
  const download: Download = async (objectKey, name, sha256) => {
    const file = path.join(scratchDirectory, name);
    try {
      await retrying(() => objectStore.getToFile(objectKey, file, sha256), { clock, logger, signal });
      return file;
    } catch (error) {
      const { code } = toCodedError(error);
      if (code !== 'object.not-found' && code !== 'object.corrupt') throw error;
      const { jobId } = claim.lease;
      logger.warn({ jobId, objectKey, code }, 'a stored state cannot be used, the one before is tried');
      return null;
    }
  };
  for await (const { objectKey, seq, sha256, pin } of newestFirst(resources, claim)) {
    const file = await download(objectKey, `resume-${seq}.safetensors`, sha256);
    if (file !== null) return { path: file, sha256, pin, from: `checkpoint ${seq}` };
  }
  return fetchPretrained(resources, claim, download);
}

async function fetchPretrained(
  { compute, database }: Resources,
  { latestCheckpoint, lease, pretraining, spec }: Claim,
  download: Download,
): Promise<ResumePoint | null> {
  if (latestCheckpoint !== null || pretraining === null || pretraining.state === null) return null;
  const { contentHash } = pretraining;
  const { makerJobId, objectKey, sha256 } = pretraining.state;
  const file = await download(objectKey, 'pretrained.safetensors', sha256);
  if (file === null) {
    await database.attempts.replacePretrained(lease, { contentHash, objectKey });
    return null;
  }
  // The pin is a part of what the hash is of.
  const pin = pinOfJob(compute.pin, spec.training.precision);
  return { path: file, sha256, pin, from: `the dense network of ${makerJobId}` };
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
