/** The memory of a build that failed, a file beside where its result would be, so that not every run tries for minutes. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { systemClock } from '@spikefit/contracts';
import { processEnvironment } from './environment.ts';

const keptMs = 24 * 3600 * 1000;

interface Failure {
  /** Which compiler failed; another one may succeed. */
  readonly builder: string;
  readonly reason: string;
}

/** Why the build must not be tried now. */
export async function knownBuildFailure(target: string, builder: string): Promise<string | undefined> {
  if (processEnvironment.SPIKEFIT_S3_REBUILD === '1') return undefined;
  try {
    const known = JSON.parse(await readFile(fileOf(target), 'utf8')) as Failure & { readonly at: string };
    const age = systemClock.now().getTime() - new Date(known.at).getTime();
    // A time to come is a clock that was set back.
    if (known.builder !== builder || !(age >= 0 && age < keptMs)) return undefined;
    return `${known.reason}, at ${known.at}`;
  } catch {
    return undefined;
  }
}

export async function rememberBuildFailure(target: string, failure: Failure): Promise<void> {
  const content = { ...failure, at: systemClock.now().toISOString() };
  // A cache that cannot be written to only makes the next run try again.
  await writeFile(fileOf(target), `${JSON.stringify(content)}\n`).catch(() => {});
}

export async function forgetBuildFailure(target: string): Promise<void> {
  await rm(fileOf(target), { force: true });
}

function fileOf(target: string): string {
  return `${target}.failed.json`;
}
