import { createApiKeys } from './application/api-keys.ts';
import { createArtifacts } from './application/artifacts.ts';
import { createAuthentication } from './application/authentication.ts';
import { createCheckpoints } from './application/checkpoints.ts';
import { createEvents } from './application/events.ts';
import { createJobs } from './application/jobs.ts';
import { createReports } from './application/reports.ts';
import { createWebhookDeliveries } from './application/webhook-deliveries.ts';
import { createAttempts } from './attempts/attempts.ts';
import { openConnection } from './connection.ts';
import { listen } from './listen.ts';
import type { ApplicationDatabase } from './surface/application.ts';
import type { ConnectOptions } from './surface/connections.ts';
import { createSweeps } from './sweeps/sweeps.ts';

/** For API and workers. Connects at the first use. */
export function connectApplication(options: ConnectOptions): ApplicationDatabase {
  const connection = openConnection(options);
  return {
    ping: connection.ping,
    authentication: createAuthentication(connection),
    apiKeys: createApiKeys(connection),
    jobs: createJobs(connection),
    events: createEvents(connection),
    checkpoints: createCheckpoints(connection),
    artifacts: createArtifacts(connection),
    reports: createReports(connection),
    webhookDeliveries: createWebhookDeliveries(connection),
    sweeps: createSweeps(connection),
    attempts: createAttempts(connection),
    listenEvents: (callback, listenOptions) =>
      listen(
        connection.url,
        {
          spikefit_event: (payload) => {
            const [jobId = '', seq] = payload.split(' ');
            callback({ jobId, seq: Number(seq) });
          },
        },
        listenOptions,
      ),
    close: connection.close,
    [Symbol.asyncDispose]: connection.close,
  };
}
