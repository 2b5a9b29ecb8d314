import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { type Environment, proxyVariables } from './proxy-variables.ts';
import type { DatasetSource, ReadOptions } from './source.ts';

const run = promisify(execFile);
const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const timeoutMs = 300_000;

/**
 * A Debian package, downloaded and unpacked in the scratch folder: no root is needed and nothing is installed.
 * `directories` are where the package puts its files. Of `environment`, which may hold credentials, the tools get the
 * proxies alone; they are looked for in `searchPath`.
 */
export function debianPackageSource(
  packageName: string,
  directories: readonly string[],
  { environment = {}, searchPath = systemPath }: { environment?: Environment; searchPath?: string } = {},
): DatasetSource {
  const variables = { ...proxyVariables(environment), PATH: searchPath, LC_ALL: 'C' };
  const unpacked = new Map<string, Promise<string>>();
  return {
    name: `the Debian package ${packageName}`,
    async *read(file, scratch, options) {
      let folder = unpacked.get(scratch);
      if (folder === undefined) {
        folder = unpack(packageName, scratch, variables, options);
        unpacked.set(scratch, folder);
      }
      const root = await folder;
      for (const directory of directories) {
        const names = await readdir(join(root, directory)).catch((): string[] => []);
        if (names.includes(file.name)) {
          yield* createReadStream(join(root, directory, file.name), { signal: options.signal });
          return;
        }
      }
      throw new Error(`the package does not hold ${file.name}`);
    },
  };
}

async function unpack(
  packageName: string,
  scratch: string,
  variables: Record<string, string>,
  { signal, announce }: ReadOptions,
): Promise<string> {
  const downloads = join(scratch, 'package');
  const root = join(scratch, 'root');
  await mkdir(downloads);
  await mkdir(root);
  announce(`downloading the Debian package ${packageName}`);
  await command('apt-get', ['download', packageName], downloads, variables, signal);
  const archive = (await readdir(downloads)).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error('apt-get left no package behind');
  await command('dpkg-deb', ['-x', join(downloads, basename(archive)), root], downloads, variables, signal);
  return root;
}

async function command(
  name: string,
  parameters: string[],
  cwd: string,
  env: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await run(name, parameters, { cwd, env, timeout: timeoutMs, ...(signal ? { signal } : {}) });
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === 'ENOENT') throw new Error(`there is no ${name} on this machine`, { cause: error });
    const lastLine = stderr?.trim().split('\n').at(-1) ?? '';
    throw new Error(`${name} failed: ${lastLine === '' ? message : lastLine}`, { cause: error });
  }
}
