import type { Artifact, Job } from '@spikefit/contracts';
import type { StoredArtifact, StoredJob } from '@spikefit/database';

/** A stored job as the API shows it. */
export function toJob(stored: StoredJob, publicUrl: string): Job {
  const self = `${publicUrl}${jobPath(stored.id)}`;
  return {
    ...stored,
    urls: {
      self,
      events: `${self}/events`,
      report: `${self}/report`,
      checkpoints: `${self}/checkpoints`,
      artifacts: `${self}/artifacts`,
      webhookDeliveries: `${self}/webhook-deliveries`,
    },
  };
}

export const jobPath = (jobId: string) => `/v1/jobs/${jobId}`;

export function toArtifact({ objectKey: _, ...artifact }: StoredArtifact, publicUrl: string): Artifact {
  return { ...artifact, url: `${publicUrl}${jobPath(artifact.jobId)}/artifacts/${artifact.id}` };
}
