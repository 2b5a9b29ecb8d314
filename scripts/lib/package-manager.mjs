// pnpm in its one version, through npx. What it downloads is kept in the cache folder of this project, so that a second
// clone installs from there; a user who has configured folders for npm or pnpm keeps them.
import { homedir } from 'node:os';
import path from 'node:path';
import { cacheFolder } from './paths.mjs';
import { run } from './run.mjs';

/** The one version that may write and read pnpm-lock.yaml. */
export const pnpmVersion = '12.21.0';

/** @typedef {{ onLine?: (line: string) => void, signal?: AbortSignal | undefined }} Options */

/**
 * Installs what pnpm-lock.yaml says. What is in the store already needs no network.
 * @param {Options} options
 * @returns {Promise<{ code: number, output: string }>}
 */
export async function installFrozen(options) {
  const configured = await pnpm(['config', 'get', 'store-dir'], { signal: options.signal });
  const flags = ['--frozen-lockfile', '--reporter=append-only', ...storeFlags(configured.output)];
  return pnpm(['install', ...flags], options);
}

/**
 * @param {string} configuredStore what pnpm answers when asked for its store; it says "undefined" for its default
 * @returns {string[]}
 */
export function storeFlags(configuredStore) {
  if (!/^undefined\s*$/m.test(configuredStore)) return [];
  return ['store', 'cache', 'state'].map(
    (name) => `--${name}-dir=${path.join(cacheFolder(), `pnpm-${name}`)}`,
  );
}

/** Where npm keeps downloads, unless its user has chosen another folder than the default. @param {NodeJS.ProcessEnv} [environment] */
export function npmCache(environment = process.env) {
  const chosen = environment.npm_config_cache;
  // npm tells the scripts that it runs about its default, too.
  return chosen && path.resolve(chosen) !== path.join(homedir(), '.npm')
    ? chosen
    : path.join(cacheFolder(), 'npm');
}

/** @param {string[]} args @param {Options} options */
async function pnpm(args, options) {
  const env = {
    ...process.env,
    npm_config_cache: npmCache(),
    // pnpm makes its folder for global packages there, although it is not asked for any.
    XDG_DATA_HOME: cacheFolder(),
    npm_config_fund: 'false',
    npm_config_audit: 'false',
    // Never ask: there may be nobody to answer.
    CI: 'true',
  };
  const npx = (/** @type {string[]} */ ...flags) =>
    run('npx', ['--yes', ...flags, `pnpm@${pnpmVersion}`, ...args], { env, ...options });
  const result = await npx('--prefer-offline');
  // A list of versions that was kept from before this one came out.
  return /\bETARGET\b/.test(result.output) && result.code !== 0 ? npx('--prefer-online') : result;
}
