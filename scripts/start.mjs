// `npm start`: the service for daily use on one machine. Everything is kept in .data/. See --help.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { bootstrap } from './lib/bootstrap.mjs';
import { untilStopped } from './lib/interrupt.mjs';
import { readOptions, wholeNumber } from './lib/options.mjs';
import { inRoot } from './lib/paths.mjs';
import { SetupError } from './lib/run.mjs';
import { printFailure } from './lib/steps.mjs';

const help = `npm start [-- options]

Starts API, worker and notifier with Postgres and Redis, for daily use on one machine. Data, logs and secrets are kept
in .data/ of this checkout. The first time, an API key that may do everything is made and shown, once. Ctrl-C stops.

  --port N   port of the API on 127.0.0.1; default 8080
  --data DIR where to keep everything; default .data
  --new-key  makes and shows another key, for when the first one was lost
  --help     this

DATABASE_URL (of a superuser) and REDIS_URL name servers to use instead of starting some. SPIKEFIT_BACKEND,
SPIKEFIT_THREADS and the other variables of the services are passed on to them (packages/config/README.md lists them).
To try webhooks on this machine set SPIKEFIT_WEBHOOK_ALLOW_HTTP=true and SPIKEFIT_WEBHOOK_ALLOW_PRIVATE=true: without
them only https and public addresses are allowed.`;

const options = readOptions({
  help,
  options: {
    port: { type: 'string', default: '8080' },
    data: { type: 'string' },
    'new-key': { type: 'boolean', default: false },
  },
  check: (values) => ({
    port: wholeNumber('port', values.port, 1, 65_535),
    dataDir: path.resolve(values.data ?? inRoot('.data')),
    newKey: values['new-key'],
  }),
});

if (options) process.exitCode = await untilStopped((signal) => start(options, signal));

/**
 * @param {{ port: number, dataDir: string, newKey: boolean }} options @param {AbortSignal} signal aborted by Ctrl-C
 * @returns {Promise<number>} exit code
 */
async function start({ port, dataDir, newKey }, signal) {
  /** @type {import('./lib/deployment.mjs').Deployment | undefined} */
  let deployment;
  try {
    console.log('Setting up');
    await bootstrap({ signal });
    const { ensureKey } = await import('./lib/first-key.mjs');
    const { deploy, newSecrets } = await import('./lib/deployment.mjs');

    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const secretsFile = path.join(dataDir, 'secrets.json');
    if (!existsSync(secretsFile)) {
      writeFileSync(secretsFile, `${JSON.stringify(newSecrets(), null, 2)}\n`, { mode: 0o600 });
    }
    /** @type {import('./lib/deployment.mjs').Secrets} */
    const secrets = JSON.parse(readFileSync(secretsFile, 'utf8'));
    deployment = await deploy({ dataDir, secrets, port, signal });

    console.log(`\nSpikeFit is on ${deployment.url}, its pages on ${deployment.url}/docs`);
    const made = await ensureKey({
      administration: { ownerUrl: deployment.urls.ownerUrl, secretKey: secrets.secretKey },
      applicationUrl: deployment.urls.applicationUrl,
      another: newKey,
    });
    if (made) {
      console.log(`\n  admin key       ${made.key}`);
      if (made.webhookSecret) console.log(`  webhook secret  ${made.webhookSecret}`);
      console.log('\nShown only now: keep it.');
    }
    console.log(`Logs are in ${deployment.logs}. Ctrl-C stops.`);

    const broken = await Promise.race([
      deployment.failure,
      new Promise((resolve) => {
        if (signal.aborted) resolve(undefined);
        signal.addEventListener('abort', () => resolve(undefined), { once: true });
      }),
    ]);
    if (broken instanceof Error)
      throw new SetupError(broken.message, { remedy: `See the logs in ${deployment.logs}.` });
    await deployment.stop();
    console.log(`Stopped. What it knows is kept in ${dataDir}; the next npm start goes on with it.`);
    return 0;
  } catch (error) {
    if (signal.aborted) return 130;
    printFailure(error);
    return 1;
  } finally {
    await deployment?.stop();
  }
}
