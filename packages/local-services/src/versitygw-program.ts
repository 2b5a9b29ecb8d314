/**
 * The S3 server for one machine: versitygw, from the path, from the cache, or built into the cache where Go is. There
 * is no binary to download that is pinned by a package registry, and MinIO is no longer maintained.
 */
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { forgetBuildFailure, knownBuildFailure, rememberBuildFailure } from './build-failure.ts';
import { cacheFolder, findProgram, isExecutable } from './environment.ts';
import { describeGo, goInstall } from './go-install.ts';
import { forgetFolder, watchFolder } from './reaper.ts';

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

/**
 * Finds the program or builds it, which takes a minute or two on two cores, at most five. A build that failed is not
 * tried again by the same Go for a day, unless SPIKEFIT_S3_REBUILD=1 asks for it.
 */
export async function ensureVersitygw(): Promise<Found> {
  const found = findVersitygw();
  if ('program' in found) return found;
  const go = findProgram('go', ['/usr/local/go/bin', '/opt/homebrew/bin']);
  if (go === undefined) return { unavailable: `${found.unavailable}, and there is no Go to build it with` };
  const target = targetFolder();
  const builder = await describeGo(go);
  const known = await knownBuildFailure(target, builder);
  if (known !== undefined)
    return { unavailable: `no S3 server: ${known}; SPIKEFIT_S3_REBUILD=1 tries again` };

  await mkdir(path.dirname(target), { recursive: true });
  const partial = await mkdtemp(`${target}.partial-`);
  watchFolder(partial);
  try {
    const failure = await goInstall({ go, goPackage, folder: partial });
    if (failure !== undefined) {
      const reason = `go install ${goPackage} failed (${failure})`;
      await rememberBuildFailure(target, { builder, reason });
      return { unavailable: `no S3 server: ${reason}` };
    }
    await forgetBuildFailure(target);
    // The folder appears whole or not at all; another process may have been quicker.
    await rename(path.join(partial, 'bin'), target).catch(() => {});
    return findVersitygw();
  } finally {
    await rm(partial, { recursive: true, force: true, maxRetries: 5 });
    await forgetFolder(partial);
  }
}

function targetFolder(): string {
  return path.join(cacheFolder(), `versitygw-${versitygwVersion}`);
}
