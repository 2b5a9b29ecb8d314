/**
 * Jobs that train the same dense network share it: the first to be claimed makes it, the others wait in the queue until
 * it is there, and start from it. The row of the state is locked after the job's own; `savePretrained` therefore wakes
 * the waiting jobs in a transaction of its own, when it holds neither.
 */
import { pinOfJob, type ResolvedSpec } from '@spikefit/contracts';
import type { Connection, Transaction } from '../connection.ts';
import { type LockedJob, lockLease } from '../statements/lock-job.ts';
import type {
  ClaimOutcome,
  ClaimRequest,
  Lease,
  NewPretrainedState,
  Pretraining,
} from '../surface/attempts.ts';

/** A waiting job is woken when the state is there; if its maker is lost, it looks again after so long. */
const lookAgainMs = 30_000;

export type SharedPretraining =
  | { kind: 'alone' }
  | { kind: 'shared'; pretraining: Pretraining }
  | { kind: 'wait'; contentHash: string; makerJobId: string };

interface StateRow {
  makerJobId: string;
  objectKey: string | null;
  sha256: string | null;
  makerIsAtWork: boolean;
}

/** What a job that is about to be claimed does about its dense network. */
export async function sharePretraining(
  tx: Transaction,
  job: LockedJob,
  { pin, pretrainingHash }: ClaimRequest,
): Promise<SharedPretraining> {
  if (pretrainingHash === undefined) return { kind: 'alone' };
  const { resolved } = await tx.job.findUniqueOrThrow({ where: { id: job.id }, select: { resolved: true } });
  const spec = resolved as unknown as ResolvedSpec;
  const contentHash = pretrainingHash(spec, pinOfJob(pin, spec.training.precision));
  const make: SharedPretraining = { kind: 'shared', pretraining: { contentHash, state: null } };
  const hasCheckpoint =
    (await tx.checkpoint.findFirst({ where: { jobId: job.id }, select: { id: true } })) !== null;
  const leaseEpoch = job.leaseEpoch + 1;
  if (!hasCheckpoint) {
    const made = await tx.$executeRaw`
      INSERT INTO pretrained_states (tenant_id, content_hash, maker_job_id, lease_epoch)
      VALUES (${job.tenantId}, ${contentHash}, ${job.id}, ${leaseEpoch}::integer) ON CONFLICT DO NOTHING`;
    if (made > 0) return make;
  }
  const row = await lockState(tx, job.tenantId, contentHash);
  // One that has begun goes on with what it has; as the maker it still is the one.
  if (row === undefined || (hasCheckpoint && (row.makerJobId !== job.id || row.objectKey !== null)))
    return { kind: 'alone' };
  if (row.objectKey !== null) {
    await tx.$executeRaw`
      UPDATE pretrained_states SET used_at = clock_timestamp()
      WHERE tenant_id = ${job.tenantId} AND content_hash = ${contentHash}`;
    const { makerJobId, objectKey, sha256 } = row;
    return {
      kind: 'shared',
      pretraining: { contentHash, state: { makerJobId, objectKey, sha256: sha256 ?? '' } },
    };
  }
  if (row.makerJobId !== job.id && row.makerIsAtWork)
    return { kind: 'wait', contentHash, makerJobId: row.makerJobId };
  await tx.$executeRaw`
    UPDATE pretrained_states SET maker_job_id = ${job.id}, lease_epoch = ${leaseEpoch}::integer
    WHERE tenant_id = ${job.tenantId} AND content_hash = ${contentHash}`;
  return make;
}

async function lockState(
  tx: Transaction,
  tenantId: string,
  contentHash: string,
): Promise<StateRow | undefined> {
  const [row] = await tx.$queryRaw<StateRow[]>`
    SELECT p.maker_job_id AS "makerJobId", p.object_key AS "objectKey", p.sha256,
      EXISTS (SELECT FROM jobs m WHERE m.id = p.maker_job_id AND m.lease_epoch = p.lease_epoch
        AND m.lease_until > clock_timestamp()) AS "makerIsAtWork"
    FROM pretrained_states p WHERE p.tenant_id = ${tenantId} AND p.content_hash = ${contentHash} FOR UPDATE OF p`;
  return row;
}

export async function declineUntilPretrained(
  tx: Transaction,
  job: LockedJob,
  { contentHash, makerJobId }: Extract<SharedPretraining, { kind: 'wait' }>,
): Promise<ClaimOutcome> {
  const detail = `waits for the dense network that ${makerJobId} is training`;
  await tx.job.update({
    where: { id: job.id },
    data: {
      statusMessage: detail,
      notBefore: new Date(job.now.getTime() + lookAgainMs),
      waitsFor: contentHash,
    },
    select: { id: true },
  });
  return { kind: 'declined', reason: 'waits-for-pretraining', detail };
}

/** See AttemptRepository.savePretrained. */
export async function savePretrained(
  connection: Connection,
  lease: Lease,
  { contentHash, objectKey, sha256, bytes }: NewPretrainedState,
): Promise<void> {
  const saved = await connection.tenantTransaction(lease.tenantId, async (tx) => {
    const job = await lockLease(tx, lease);
    return tx.$executeRaw`
      UPDATE pretrained_states SET object_key = ${objectKey}, sha256 = ${sha256}, bytes = ${bytes}::bigint,
        used_at = clock_timestamp()
      WHERE tenant_id = ${lease.tenantId} AND content_hash = ${contentHash} AND object_key IS NULL
        AND maker_job_id = ${job.id} AND lease_epoch = ${lease.leaseEpoch}::integer`;
  });
  if (saved > 0)
    await connection.tenantTransaction(lease.tenantId, (tx) => wakeWaiting(tx, lease, contentHash));
}

async function wakeWaiting(tx: Transaction, { tenantId }: Lease, contentHash: string): Promise<void> {
  const rows = await tx.$queryRaw<{ id: string; enqueueSeq: number; priority: number }[]>`
    UPDATE jobs SET waits_for = NULL, not_before = NULL, status_message = NULL, enqueue_seq = enqueue_seq + 1
    WHERE id IN (
      SELECT id FROM jobs WHERE tenant_id = ${tenantId} AND waits_for = ${contentHash} AND status = 'queued'
      ORDER BY id FOR UPDATE SKIP LOCKED
    )
    RETURNING id, enqueue_seq AS "enqueueSeq", priority`;
  await tx.outbox.createMany({
    data: rows.map(({ id, enqueueSeq, priority }) => ({ tenantId, jobId: id, enqueueSeq, priority })),
  });
}

/** See AttemptRepository.replacePretrained. */
export async function replacePretrained(
  connection: Connection,
  lease: Lease,
  { contentHash, objectKey }: { contentHash: string; objectKey: string },
): Promise<void> {
  await connection.tenantTransaction(lease.tenantId, async (tx) => {
    const job = await lockLease(tx, lease);
    await tx.$executeRaw`
      UPDATE pretrained_states SET object_key = NULL, sha256 = NULL, bytes = NULL, maker_job_id = ${job.id},
        lease_epoch = ${lease.leaseEpoch}::integer
      WHERE tenant_id = ${lease.tenantId} AND content_hash = ${contentHash} AND object_key = ${objectKey}`;
  });
}
