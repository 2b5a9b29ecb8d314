import {
  type CheckpointSummary,
  type ComputePin,
  isTerminal,
  pinOfJob,
  type ResolvedSpec,
} from '@spikefit/contracts';
import { jobTimings } from '../application/job-timings.ts';
import { toSummary } from '../application/stored-checkpoint.ts';
import type { Connection, Transaction } from '../connection.ts';
import { appendEvents } from '../statements/append-events.ts';
import { changeStatus } from '../statements/change-status.ts';
import { type LockedJob, lockJob } from '../statements/lock-job.ts';
import type { Claim, ClaimOutcome, ClaimRequest, Pretraining } from '../surface/attempts.ts';
import { declineUntilPretrained, sharePretraining } from './share-pretraining.ts';

/** A job that this worker cannot continue is left to others for so long. */
const otherWorkersFirstMs = 15_000;

/** See AttemptRepository.claim. The row lock makes concurrent claims wait; all but the first find it running. */
export function claim(connection: Connection, request: ClaimRequest): Promise<ClaimOutcome> {
  return connection.tenantTransaction(request.tenantId, async (tx): Promise<ClaimOutcome> => {
    const job = await lockJob(tx, request.jobId);
    if (job === null || job.tenantId !== request.tenantId) {
      return { kind: 'declined', reason: 'not-found', detail: 'there is no such job' };
    }
    if (job.status !== 'queued') {
      const detail = isTerminal(job.status)
        ? `the job is ${job.status}`
        : `the job is ${job.status} elsewhere`;
      return { kind: 'declined', reason: 'not-queued', detail };
    }
    if (!job.due)
      return { kind: 'declined', reason: 'not-due', detail: 'the job waits before it is tried again' };
    const difference = await pinDifference(tx, job, request.pin);
    if (difference !== null) return declinePin(tx, job, difference);
    const shared = await sharePretraining(tx, job, request);
    if (shared.kind === 'wait') return declineUntilPretrained(tx, job, shared);
    const pretraining = shared.kind === 'shared' ? shared.pretraining : null;
    return { kind: 'claimed', claim: await take(tx, job, request, pretraining) };
  });
}

async function take(
  tx: Transaction,
  job: LockedJob,
  request: ClaimRequest,
  pretraining: Pretraining | null,
): Promise<Claim> {
  const attempt = job.attempt + 1;
  const leaseEpoch = job.leaseEpoch + 1;
  const checkpoint = await tx.checkpoint.findFirst({
    where: { jobId: job.id },
    orderBy: { seq: 'desc' },
  });
  const row = await tx.job.findUniqueOrThrow({
    where: { id: job.id },
    select: { name: true, resolved: true, startedAt: true, transitions: { orderBy: { seq: 'asc' } } },
  });
  const latestCheckpoint = checkpoint && toSummary(checkpoint);
  const pretrainedBy = pretraining?.state?.makerJobId ?? null;
  await changeStatus(tx, job, {
    to: 'running',
    message: `attempt ${attempt}, ${startOf(latestCheckpoint, pretrainedBy)}`,
    set: {
      attempt,
      leaseEpoch,
      leaseOwner: request.owner,
      leaseUntil: new Date(job.now.getTime() + request.leaseSeconds * 1000),
      notBefore: null,
      waitsFor: null,
      startedAt: row.startedAt ?? job.now,
    },
  });
  await appendEvents(
    tx,
    job,
    [{ type: 'job.started', data: { attempt, checkpointId: latestCheckpoint?.id ?? null, pretrainedBy } }],
    attempt,
  );
  return {
    lease: {
      jobId: job.id,
      tenantId: job.tenantId,
      owner: request.owner,
      leaseEpoch,
      leaseSeconds: request.leaseSeconds,
    },
    attempt,
    name: row.name,
    spec: row.resolved as unknown as ResolvedSpec,
    latestCheckpoint,
    pretraining,
    earlierRunningMs: jobTimings(row.transitions, job.now).runningMs ?? 0,
  };
}

function startOf(checkpoint: CheckpointSummary | null, pretrainedBy: string | null): string {
  if (checkpoint !== null) return `from checkpoint ${checkpoint.seq}`;
  return pretrainedBy === null ? 'from the beginning' : `from the dense network that ${pretrainedBy} trained`;
}

async function declinePin(tx: Transaction, job: LockedJob, difference: string): Promise<ClaimOutcome> {
  const detail = `the last checkpoint was written with ${difference}`;
  await tx.job.update({
    where: { id: job.id },
    data: {
      statusMessage: `waits for a worker that can continue it: ${detail}`,
      notBefore: new Date(job.now.getTime() + otherWorkersFirstMs),
    },
    select: { id: true },
  });
  return { kind: 'declined', reason: 'pin-differs', detail };
}

/** How what the checkpoint was computed with differs from the worker, in words; null when it does not. */
async function pinDifference(tx: Transaction, job: LockedJob, worker: ComputePin): Promise<string | null> {
  const needed = job.pin as ComputePin | null;
  if (needed === null) return null;
  const { resolved } = await tx.job.findUniqueOrThrow({ where: { id: job.id }, select: { resolved: true } });
  const offered = pinOfJob(worker, (resolved as unknown as ResolvedSpec).training.precision);
  const keys = ['backend', 'isa', 'precision', 'kernelRevision', 'formatVersion'] as const;
  const differing = keys.filter((key) => needed[key] !== offered[key]);
  if (differing.length === 0) return null;
  return differing.map((key) => `${key} ${needed[key]} (this worker: ${offered[key]})`).join(', ');
}
