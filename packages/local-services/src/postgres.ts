import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { CodedError } from '@spikefit/contracts';
import pg from 'pg';
import { processEnvironment } from './environment.ts';
import { unavailable } from './errors.ts';
import { PortTaken, withFreePort } from './free-port.ts';
import { type ManagedProcess, startProcess } from './managed-process.ts';
import { type PostgresPrograms, postgresPrograms, postgresRunner, type Runner } from './postgres-programs.ts';
import { temporaryFolder } from './temporary-folder.ts';

const execute = promisify(execFile);

export interface PostgresOptions {
  /** An existing server's URL of an owner role: nothing is started, and `stop` does nothing. */
  readonly url?: string | undefined;
  /** Keep the cluster here, and keep it safe; without it the cluster is thrown away and tuned to be quick. */
  readonly dataDir?: string | undefined;
  /** Created when missing. Default `spikefit`. */
  readonly database?: string;
  readonly logFile?: string;
  /** Gives up starting. */
  readonly signal?: AbortSignal | undefined;
}

export interface LocalPostgres extends AsyncDisposable {
  /** `postgresql://…`, of a role that may do everything. */
  readonly url: string;
  /** The server's process; undefined when it was given by URL. */
  readonly process: ManagedProcess | undefined;
  stop(): Promise<void>;
}

const owner = 'spikefit';

/**
 * Starts PostgreSQL on a free loopback port with a random password, or takes the server that is given.
 * @throws CodedError `service.unavailable`, with what to do; the reason of `signal`
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<LocalPostgres> {
  if (options.url) {
    const stop = async () => {};
    return { url: options.url, process: undefined, stop, [Symbol.asyncDispose]: stop };
  }
  const throwAway = options.dataDir === undefined ? await temporaryFolder('postgres') : undefined;
  const home = path.resolve(throwAway?.path ?? options.dataDir ?? '');
  try {
    const cluster = path.join(home, 'cluster');
    await mkdir(cluster, { recursive: true, mode: 0o700 });
    const [programs, runner] = await Promise.all([postgresPrograms(), postgresRunner(cluster)]);
    const password = await initialise(home, cluster, programs, runner, throwAway !== undefined);
    const { managed, port } = await withFreePort(async (free) => ({
      managed: await startServer(cluster, programs, runner, free, options),
      port: free,
    }));
    const url = (database: string) => `postgresql://${owner}:${password}@127.0.0.1:${port}/${database}`;
    const database = options.database ?? 'spikefit';
    try {
      await createDatabase(url('postgres'), database);
    } catch (error) {
      await managed.stop();
      throw error;
    }
    const stop = async () => {
      await managed.stop();
      await throwAway?.remove();
    };
    return { url: url(database), process: managed, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await throwAway?.remove();
    throw error;
  }
}

/** Creates the cluster if there is none. Answers the owner's password, which lives beside the cluster. */
async function initialise(
  home: string,
  cluster: string,
  programs: PostgresPrograms,
  runner: Runner,
  throwAway: boolean,
): Promise<string> {
  const passwordFile = path.join(home, 'owner-password');
  if (existsSync(path.join(cluster, 'PG_VERSION'))) {
    await checkVersion(cluster, programs, runner);
    return (await readFile(passwordFile, 'utf8')).trim();
  }
  const password = randomBytes(24).toString('hex');
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await chmod(passwordFile, 0o600);
  await runner.own(cluster);
  const { command, args } = runner.wrap(programs.initdb, [
    `--pgdata=${cluster}`,
    `--username=${owner}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The built-in provider sorts alike on every platform and needs no locale of the system.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(throwAway ? ['--no-sync'] : []),
  ]);
  try {
    await execute(command, args, { env: { ...processEnvironment, LC_ALL: 'C' } });
  } catch (cause) {
    throw unavailable(`initdb failed in ${cluster}: ${outputOf(cause)}`, cause);
  }
  return password;
}

async function checkVersion(cluster: string, programs: PostgresPrograms, runner: Runner): Promise<void> {
  const ofCluster = (await readFile(path.join(cluster, 'PG_VERSION'), 'utf8')).trim();
  const { command, args } = runner.wrap(programs.postgres, ['--version']);
  const ofProgram = /(\d+)(?:\.\d+)?\s*$/
    .exec((await execute(command, args)).stdout.trim())?.[0]
    ?.split('.')[0];
  if (ofProgram === ofCluster) return;
  throw unavailable(
    `${cluster} was written by PostgreSQL ${ofCluster}, the installed one is ${ofProgram}: dump it with the old version and restore it, or move the folder away`,
  );
}

async function startServer(
  cluster: string,
  programs: PostgresPrograms,
  runner: Runner,
  port: number,
  { dataDir, logFile, signal }: PostgresOptions,
): Promise<ManagedProcess> {
  const throwAway = dataDir === undefined;
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    // A socket path may be too long or not writable; loopback is enough.
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: throwAway ? '32MB' : '128MB',
    jit: 'off',
    ...(throwAway
      ? {
          fsync: 'off',
          synchronous_commit: 'off',
          full_page_writes: 'off',
          wal_level: 'minimal',
          max_wal_senders: '0',
          io_method: 'sync',
        }
      : {}),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const { command, args } = runner.wrap(programs.postgres, ['-D', cluster, ...flags]);
  try {
    return await startProcess({
      name: 'postgres',
      command,
      args,
      env: { LC_ALL: 'C' },
      signal,
      readyWhen: { line: /database system is ready to accept connections/ },
      readyWithinMs: 60_000,
      // "Fast shutdown": ends the sessions, writes a checkpoint.
      stopSignal: 'SIGINT',
      stopWithinMs: 20_000,
      ...(logFile === undefined ? {} : { logFile }),
    });
  } catch (error) {
    if (error instanceof CodedError && /Address already in use/.test(error.detail)) {
      throw new PortTaken(error.message, { cause: error });
    }
    throw error;
  }
}

async function createDatabase(url: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
  } finally {
    await client.end();
  }
}

function outputOf(error: unknown): string {
  return error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
}
