import type { Report } from '@spikefit/contracts';
import type { Connection } from '../connection.ts';
import { newId } from '../ids.ts';
import { toJson } from '../rows.ts';
import { appendLastEvent } from '../statements/append-last-event.ts';
import { changeStatus } from '../statements/change-status.ts';
import { lockLease } from '../statements/lock-job.ts';
import { storable } from '../storable-text.ts';
import type { Lease, NewArtifact } from '../surface/attempts.ts';

/** See AttemptRepository.succeed: report, artifacts, last event and its deliveries appear together or not at all. */
export function succeed(
  connection: Connection,
  lease: Lease,
  result: { report: Report; artifacts: readonly NewArtifact[] },
): Promise<void> {
  const report = storable(result.report);
  return connection.tenantTransaction(lease.tenantId, async (tx) => {
    const job = await lockLease(tx, lease);
    const { tenantId, now } = job;
    const artifacts = result.artifacts.map((artifact) => ({ ...artifact, id: newId('artifact') }));
    await tx.report.createMany({ data: [{ jobId: job.id, tenantId, body: toJson(report), createdAt: now }] });
    await tx.artifact.createMany({
      data: artifacts.map((artifact) => ({
        ...artifact,
        jobId: job.id,
        tenantId,
        bytes: BigInt(artifact.bytes),
        createdAt: now,
      })),
    });
    await changeStatus(tx, job, {
      to: 'succeeded',
      message: null,
      set: { progressFraction: 1, progressEtaSeconds: 0, progressUpdatedAt: now },
    });
    await appendLastEvent(tx, job, {
      type: 'job.succeeded',
      data: {
        artifacts: artifacts.map(({ id, name, format, bytes, sha256 }) => ({
          id,
          name,
          format,
          bytes,
          sha256,
        })),
        summary: summarize(report),
      },
    });
  });
}

/** The few figures that a receiver of the event most likely wants; the rest is in the report. */
function summarize(report: Report): Record<string, unknown> {
  return {
    baselineAccuracy: report.baseline.accuracy.value,
    compressedAccuracy: report.compressed.accuracy.value,
    distinctValuesPerGroup: report.quantization.distinctValuesPerGroup,
    neuronsRemoved: report.delta.neuronsRemoved,
    synapsesRemoved: report.delta.synapsesRemoved,
    sizeRemoved: report.delta.sizeRemoved,
    fit: report.fit.verdict,
  };
}
