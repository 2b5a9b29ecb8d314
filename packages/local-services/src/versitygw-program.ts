/**
 * The S3 server for one machine: versitygw, from the path, from the cache, or built into the cache where Go is. There
 * is no binary to download that is pinned by a package registry, and MinIO is no longer maintained.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder, findProgram, isExecutable, processEnvironment } from './environment.ts';

const execute = promisify(execFile);

export const versitygwVersion = '1.8.0';
const goPackage = `github.com/versity/versitygw/cmd/versitygw@v${versitygwVersion}`;

/** A program, or the reason why there is none. */
export type Found = { readonly program: string } | { readonly unavailable: string };

/** Never builds. */
export function findVersitygw(): Found {
  const onPath = findProgram('versitygw');
  if (onPath !== undefined) return { program: onPath };
  const cached = path.join(targetFolder(), 'versitygw');
  if (isExecutable(cached)) return { program: cached };
  return { unavailable: 'no S3 server: versitygw is neither on the path nor in the cache' };
}

/** Finds the program or builds it, which takes about two minutes on two cores. */
export async function ensureVersitygw(): Promise<Found> {
  const found = findVersitygw();
  if ('program' in found) return found;
  const go = findProgram('go', ['/usr/local/go/bin', '/opt/homebrew/bin']);
  if (go === undefined) return { unavailable: `${found.unavailable}, and there is no Go to build it with` };
  const target = targetFolder();
  await mkdir(path.dirname(target), { recursive: true });
  const partial = await mkdtemp(`${target}.partial-`);
  try {
    await execute(go, ['install', goPackage], {
      env: { ...processEnvironment, GOBIN: partial, CGO_ENABLED: '0' },
      timeout: 600_000,
      maxBuffer: 16 * 1024 * 1024,
    });
    // The folder appears whole or not at all; another process may have been quicker.
    await rename(partial, target).catch(() => {});
    return findVersitygw();
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error);
    const reason = output.trim().split('\n').at(-1) ?? '';
    return { unavailable: `no S3 server: go install ${goPackage} failed (${reason})` };
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

function targetFolder(): string {
  return path.join(cacheFolder(), `versitygw-${versitygwVersion}`);
}
