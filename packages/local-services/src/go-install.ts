/** One `go install` that leaves nothing but the program: modules, builds and settings of its own are in the folder. */
import { mkdir, readFile, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { processEnvironment } from './environment.ts';
import { startProcess } from './managed-process.ts';

/** Which Go this is, without running it: a run leaves usage counters in the user's home. */
export async function describeGo(go: string): Promise<string> {
  const program = await realpath(go);
  const version = await readFile(path.join(program, '..', '..', 'VERSION'), 'utf8').catch(() => '');
  return `${version.split('\n')[0]} ${program}`.trim();
}

/**
 * Puts the program into `folder`/bin; everything else below `folder` may go.
 * @returns the last line of what Go said, if it failed
 */
export async function goInstall(options: {
  readonly go: string;
  readonly goPackage: string;
  /** Exists, and is empty. */
  readonly folder: string;
  /** Default five minutes. */
  readonly withinMs?: number;
}): Promise<string | undefined> {
  const { go, goPackage, folder, withinMs = 300_000 } = options;
  const inFolder = (name: string) => path.join(folder, name);
  const folders = {
    GOBIN: inFolder('bin'),
    GOPATH: inFolder('path'),
    GOMODCACHE: inFolder('modules'),
    GOCACHE: inFolder('builds'),
    GOTMPDIR: inFolder('temporary'),
    // Go keeps usage counters beside its settings, which it still shall read.
    XDG_CONFIG_HOME: inFolder('settings'),
  };
  await Promise.all(Object.values(folders).map((name) => mkdir(name)));
  const settings = processEnvironment.XDG_CONFIG_HOME || path.join(homedir(), '.config');
  await using build = await startProcess({
    name: 'go',
    command: go,
    // What this builds serves tests: a third less to wait for counts for more than its speed.
    args: ['install', '-gcflags=all=-N -l', '-ldflags=-s -w', goPackage],
    cwd: folder,
    env: {
      ...folders,
      ...(process.platform === 'linux' && !processEnvironment.GOENV
        ? { GOENV: path.join(settings, 'go', 'env') }
        : {}),
      CGO_ENABLED: '0',
      // The compiler's own garbage collector.
      GOGC: '400',
      // Without it modules are read-only and cannot be deleted.
      GOFLAGS: `${processEnvironment.GOFLAGS ?? ''} -modcacherw`.trim(),
    },
    stopSignal: 'SIGKILL',
  });
  const given = new AbortController();
  const tooLate = delay(withinMs, undefined, { signal: given.signal }).catch(() => undefined);
  const exit = await Promise.race([build.exited, tooLate]);
  given.abort();
  if (exit === undefined) return `not done within ${withinMs / 1000} s`;
  if (exit.code === 0) return undefined;
  return build.lastLines().findLast((line) => line.trim() !== '') ?? `ended by ${exit.signal ?? exit.code}`;
}
