import path from 'node:path';
import { type ArtifactDraft, type CheckpointDraft, CodedError } from '@spikefit/contracts';
import type { Claim, NewArtifact } from '@spikefit/database';
import type { Resources } from './resources.ts';
import { retrying } from './retrying.ts';

/** Tries of an object store that is away, about half a minute in all; then the attempt ends and is retried later. */
const storeAttempts = 9;

/** What a job's files are stored under. Every attempt has its own folder: what a fenced one writes late hurts nobody. */
const attemptPrefix = (claim: Claim) => `jobs/${claim.lease.jobId}/e${claim.lease.leaseEpoch}`;

/** Puts the full state into the object store, then writes the row that makes it real. */
export async function storeCheckpoint(
  resources: Resources,
  claim: Claim,
  scratchDirectory: string,
  draft: CheckpointDraft,
  signal: AbortSignal,
): Promise<void> {
  const startedMs = resources.clock.monotonicMs();
  const objectKey = `${attemptPrefix(claim)}/checkpoint-${draft.sequence}.safetensors`;
  await putScratchFile(resources, scratchDirectory, objectKey, draft.file, signal);
  const { phase, epoch, step, metrics, pin, codebooks, masks } = draft;
  const { sha256, bytes } = draft.file;
  // Before the row of the checkpoint: a job that has gone beyond `pretrain` has made its state available.
  if (draft.pretrained) await sharePretrained(resources, claim, scratchDirectory, draft, signal);
  const row = { phase, epoch, step, metrics, pin, codebooks, masks, objectKey, sha256, bytes };
  await retrying(() => resources.database.attempts.saveCheckpoint(claim.lease, row), {
    clock: resources.clock,
    logger: resources.logger,
    signal,
  });
  resources.metrics.checkpointBytes.inc(bytes);
  resources.metrics.checkpointSeconds.observe((resources.clock.monotonicMs() - startedMs) / 1000);
}

/** The fence is the row: what an attempt writes that has lost its lease is an object that nothing refers to. */
async function sharePretrained(
  resources: Resources,
  { lease, pretraining }: Claim,
  scratchDirectory: string,
  { file }: CheckpointDraft,
  signal: AbortSignal,
): Promise<void> {
  if (pretraining === null) return;
  const { contentHash } = pretraining;
  const objectKey = `pretrained/${contentHash}/${lease.jobId}-e${lease.leaseEpoch}.safetensors`;
  await putScratchFile(resources, scratchDirectory, objectKey, file, signal);
  const state = { contentHash, objectKey, sha256: file.sha256, bytes: file.bytes };
  await retrying(() => resources.database.attempts.savePretrained(lease, state), {
    clock: resources.clock,
    logger: resources.logger,
    signal,
  });
}

export async function storeArtifacts(
  resources: Resources,
  claim: Claim,
  scratchDirectory: string,
  drafts: readonly ArtifactDraft[],
  signal: AbortSignal,
): Promise<NewArtifact[]> {
  const artifacts: NewArtifact[] = [];
  for (const draft of drafts) {
    const objectKey = `${attemptPrefix(claim)}/${draft.name}`;
    await putScratchFile(resources, scratchDirectory, objectKey, draft, signal);
    const { name, format, mediaType, sha256, bytes } = draft;
    artifacts.push({ name, format, mediaType, objectKey, sha256, bytes });
  }
  return artifacts;
}

/** @throws CodedError internal.error when the trainer names a file outside its folder */
async function putScratchFile(
  resources: Resources,
  scratchDirectory: string,
  objectKey: string,
  file: { path: string; sha256: string; bytes: number },
  signal: AbortSignal,
): Promise<void> {
  const source = path.resolve(scratchDirectory, file.path);
  if (!source.startsWith(scratchDirectory + path.sep)) {
    throw new CodedError(
      'internal.error',
      `the trainer named ${file.path}, which is outside its scratch folder`,
    );
  }
  const stored = await retrying(
    () => resources.objectStore.put(objectKey, { path: source }, { sha256: file.sha256 }),
    { clock: resources.clock, logger: resources.logger, signal, attempts: storeAttempts },
  );
  if (stored.bytes !== file.bytes) {
    throw new CodedError(
      'object.corrupt',
      `${file.path} has ${stored.bytes} bytes, the trainer said ${file.bytes}`,
    );
  }
}
