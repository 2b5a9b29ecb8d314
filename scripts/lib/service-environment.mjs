// What a service gets of the user's environment: named variables alone, so that no credential reaches it by chance, such
// as the DATABASE_URL of a superuser.
import { gpuVariables, programVariables } from '@spikefit/config';

/** What a program needs to run at all, and to reach the network as its user does. */
const ofEveryProgram = [
  ...programVariables,
  'NODE_EXTRA_CA_CERTS',
  ...['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [name, name.toUpperCase()]),
];

// One is checked against the other.
const ofLeases = ['SPIKEFIT_LEASE_SECONDS', 'SPIKEFIT_HEARTBEAT_SECONDS'];
const ofWebhooks = ['SPIKEFIT_WEBHOOK_ALLOW_PRIVATE', 'SPIKEFIT_WEBHOOK_ALLOW_HTTP'];

/** Settings that a user may choose; the others are the deployment's. */
const settings = {
  admin: [],
  api: [...ofWebhooks, 'SPIKEFIT_MAX_BODY_BYTES'],
  notifier: [...ofWebhooks, ...ofLeases, 'SPIKEFIT_RECONCILE_SECONDS'],
  worker: [
    ...ofLeases,
    'SPIKEFIT_BACKEND',
    'SPIKEFIT_DEVICE',
    ...gpuVariables,
    'SPIKEFIT_THREADS',
    'SPIKEFIT_ISA',
    'SPIKEFIT_DATA_CACHE',
    'SPIKEFIT_DATA_DIRECTORY',
    'SPIKEFIT_CHECKPOINT_SECONDS',
    'SPIKEFIT_SHARE_PRETRAINING',
    'SPIKEFIT_SHUTDOWN_SECONDS',
  ],
};

/** @param {keyof typeof settings} service @param {NodeJS.ProcessEnv} [environment] @returns {Record<string, string>} */
export function environmentFor(service, environment = process.env) {
  const names = [...ofEveryProgram, 'SPIKEFIT_LOG_LEVEL', ...settings[service]];
  return Object.fromEntries(
    names.flatMap((name) => (environment[name] ? [[name, String(environment[name])]] : [])),
  );
}
