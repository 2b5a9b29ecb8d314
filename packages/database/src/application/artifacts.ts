import type { Connection } from '../connection.ts';
import type { Artifact } from '../generated/client.ts';
import { isoTime } from '../rows.ts';
import type { ArtifactRepository } from '../surface/application.ts';
import type { StoredArtifact } from '../surface/records.ts';
import { jobStatusOf } from './read-jobs.ts';

export function createArtifacts(connection: Connection): ArtifactRepository {
  return {
    list: ({ tenantId, jobId }) =>
      connection.tenantTransaction(tenantId, async (tx) => {
        if ((await jobStatusOf(tx, tenantId, jobId)) === null) return null;
        const rows = await tx.artifact.findMany({ where: { tenantId, jobId }, orderBy: { name: 'asc' } });
        return rows.map(toStoredArtifact);
      }),
    get: ({ tenantId, jobId, artifactId }) =>
      connection.tenantTransaction(tenantId, async (tx) => {
        const row = await tx.artifact.findFirst({ where: { id: artifactId, tenantId, jobId } });
        return row && toStoredArtifact(row);
      }),
  };
}

function toStoredArtifact(row: Artifact): StoredArtifact {
  return {
    id: row.id,
    jobId: row.jobId,
    name: row.name,
    format: row.format,
    mediaType: row.mediaType,
    bytes: Number(row.bytes),
    sha256: row.sha256,
    objectKey: row.objectKey,
    createdAt: isoTime(row.createdAt),
  };
}
