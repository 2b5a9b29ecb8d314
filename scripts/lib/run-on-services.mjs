// One job through the whole service, for `npm run bench -- job --services`.
import { randomUUID } from 'node:crypto';
import { createTenant } from './administration.mjs';
import { apiClient } from './api-client.mjs';
import { deploy } from './deployment.mjs';
import { followJob } from './follow-job.mjs';
import { SetupError } from './run.mjs';

/**
 * Starts everything on throw-away storage, sends the job, waits for its end and stops everything.
 * @param {import('@spikefit/contracts').JobRequest} request @param {number} threads
 * @throws {SetupError} when the job does not succeed
 */
export async function runOnServices(request, threads) {
  const deployment = await deploy({ environment: { SPIKEFIT_THREADS: String(threads) } });
  try {
    const { key } = await createTenant(
      { ownerUrl: deployment.urls.ownerUrl, secretKey: deployment.secrets.secretKey },
      { name: 'bench', keyName: 'bench' },
    );
    const client = apiClient({ url: deployment.url, key, signal: new AbortController().signal });
    const started = performance.now();
    /** @type {import('@spikefit/contracts').Job} */
    const created = await client.post('/v1/jobs', request, randomUUID());
    await followJob({ client, job: created });
    const seconds = (performance.now() - started) / 1000;
    /** @type {import('@spikefit/contracts').Job} */
    const job = await client.get(created.urls.self);
    if (job.status !== 'succeeded')
      throw new SetupError(`The job ${job.status}: ${job.error?.detail ?? ''}`, {
        remedy: `The logs were in ${deployment.logs}; npm start keeps them.`,
      });
    return { seconds, runningSeconds: (job.timings.runningMs ?? 0) / 1000 };
  } finally {
    await deployment.stop();
  }
}
