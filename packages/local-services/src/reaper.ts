/**
 * The last resort against leftovers. Orderly code stops what it started; but a process may be killed with SIGKILL,
 * crash, or call exit. So every child process and throw-away folder is also registered with a small helper process
 * that outlives its parent just long enough to stop and remove what is still registered.
 *
 * States: none → running (first registration) → none (last one forgotten: its input is closed, it ends).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type ReaperCommand =
  | { kind: 'watch-process'; pid: number; signal: NodeJS.Signals }
  | { kind: 'forget-process'; pid: number }
  | { kind: 'watch-folder'; folder: string }
  | { kind: 'forget-folder'; folder: string };

let helper: ChildProcess | undefined;
let registrations = 0;

/** `pid` must be the leader of its own process group; on the parent's death it gets `signal`, later SIGKILL. */
export function watchProcess(pid: number, signal: NodeJS.Signals): void {
  register({ kind: 'watch-process', pid, signal });
}

export function forgetProcess(pid: number): Promise<void> {
  return forget({ kind: 'forget-process', pid });
}

/** The folder is deleted on the parent's death, after the processes have ended. */
export function watchFolder(folder: string): void {
  register({ kind: 'watch-folder', folder });
}

export function forgetFolder(folder: string): Promise<void> {
  return forget({ kind: 'forget-folder', folder });
}

function register(command: ReaperCommand): void {
  registrations += 1;
  helper ??= startHelper();
  helper.stdin?.write(`${JSON.stringify(command)}\n`);
}

/** Resolves at once, but for the last registration, when it waits for the helper process to have ended. */
async function forget(command: ReaperCommand): Promise<void> {
  registrations -= 1;
  const current = helper;
  if (current === undefined) return;
  current.stdin?.write(`${JSON.stringify(command)}\n`);
  if (registrations > 0) return;
  helper = undefined;
  const ended = new Promise<void>((resolve) => {
    if (current.exitCode !== null || current.signalCode !== null) resolve();
    else current.once('exit', () => resolve());
  });
  current.ref();
  current.stdin?.end();
  await ended;
}

function startHelper(): ChildProcess {
  // From source (tests) this file ends in .ts, from the build in .js; only the latter can be run.
  const script = fileURLToPath(new URL('../dist/reaper-process.js', import.meta.url));
  const child = spawn(process.execPath, [script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  // The helper must never keep its parent alive, nor break it when it is killed.
  child.unref();
  if (child.stdin !== null && 'unref' in child.stdin && typeof child.stdin.unref === 'function')
    child.stdin.unref();
  child.stdin?.on('error', () => {});
  child.on('error', () => {});
  return child;
}
