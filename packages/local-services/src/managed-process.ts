/**
 * A child process that is known to be ready, whose output is kept, and that can be stopped with everything it
 * started.
 *
 * States: starting → ready → stopping → ended; starting and ready → ended when it dies by itself, which is a failure.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { CodedError } from '@spikefit/contracts';
import { processEnvironment } from './environment.ts';
import { type LineSource, type ReadyWhen, untilReady } from './ready-when.ts';
import { forgetProcess, watchProcess } from './reaper.ts';

export interface ProcessOptions {
  /** For messages and log prefixes. */
  readonly name: string;
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  /**
   * Added to this process's environment; `inheritEnvironment: false` leaves only PATH, HOME, TMPDIR, LANG and
   * XDG_CACHE_HOME of it.
   */
  readonly env?: Readonly<Record<string, string>>;
  readonly inheritEnvironment?: boolean;
  /** Written to standard input, which is then closed. */
  readonly input?: string;
  readonly readyWhen?: ReadyWhen;
  readonly readyWithinMs?: number;
  /** Gives up waiting until it is ready, and stops it; has no meaning once it is ready. */
  readonly signal?: AbortSignal | undefined;
  /** All output is appended here too. */
  readonly logFile?: string;
  readonly onLine?: (line: string) => void;
  /** Asks for an orderly end. Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** After this the whole process group is killed. Default 10 s. */
  readonly stopWithinMs?: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ManagedProcess extends AsyncDisposable {
  readonly name: string;
  /** Also the id of its process group and session. */
  readonly pid: number;
  /** The newest output lines, oldest first, at most 200. */
  lastLines(): readonly string[];
  readonly exited: Promise<Exit>;
  /** Resolves with an error, never rejects, if the process ends without having been asked to. */
  readonly failure: Promise<CodedError>;
  /** Sends a signal to the process alone; false when it has ended. */
  signal(signal: NodeJS.Signals): boolean;
  /** Sends a signal to the process and all descendants in its group. */
  signalTree(signal: NodeJS.Signals): boolean;
  /** Orderly end, then a kill of what remains of the group. Resolves when the process has ended; may be repeated. */
  stop(): Promise<void>;
}

const keptLines = 200;

/**
 * Starts a process in a session of its own (so that a Ctrl-C reaches it only through us) and waits until it is ready.
 * @throws CodedError `service.unavailable` with the last output lines when it ends first or is not ready in time;
 *   the reason of `signal`
 */
export async function startProcess(options: ProcessOptions): Promise<ManagedProcess> {
  options.signal?.throwIfAborted();
  const managed = launch(options);
  const readyWithinMs = options.readyWithinMs ?? 30_000;
  const abort = new AbortController();
  const tooLate = delay(readyWithinMs, 'late' as const, { signal: abort.signal }).catch(
    () => 'late' as const,
  );
  const abandoned = new Promise<never>((_, reject) => {
    const giveUp = () => reject(options.signal?.reason);
    options.signal?.addEventListener('abort', giveUp, { once: true, signal: abort.signal });
  });
  try {
    const first = await Promise.race([
      untilReady(managed, options.readyWhen, abort.signal),
      managed.failure,
      tooLate,
      abandoned,
    ]);
    if (first instanceof CodedError) throw first;
    if (first === 'late') {
      throw new CodedError(
        'service.unavailable',
        `${options.name} was not ready within ${readyWithinMs / 1000} s${tail(managed.lastLines())}`,
      );
    }
    return managed;
  } catch (error) {
    await managed.stop();
    throw error;
  } finally {
    abort.abort();
  }
}

type Launched = ManagedProcess & LineSource;

function launch(options: ProcessOptions): Launched {
  const { name, command, args = [], stopSignal = 'SIGTERM', stopWithinMs = 10_000 } = options;
  const child = spawn(command, args, {
    cwd: options.cwd,
    detached: true,
    env: { ...baseEnvironment(options.inheritEnvironment ?? true), ...options.env },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const pid = child.pid;
  if (pid !== undefined) watchProcess(pid, stopSignal);
  if (options.input !== undefined) {
    child.stdin?.on('error', () => {});
    child.stdin?.end(options.input);
  }

  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  if (options.onLine) listeners.add(options.onLine);
  const log =
    options.logFile === undefined
      ? undefined
      : createWriteStream(options.logFile, { flags: 'a', mode: 0o600 });
  collectLines(child, log, (line) => {
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
    for (const listener of listeners) listener(line);
  });

  let stopping: Promise<void> | undefined;
  let ended = false;
  const exited = new Promise<Exit>((resolve) => {
    child.once('error', (error) => {
      lines.push(error.message);
      if (pid === undefined) resolve({ code: null, signal: null });
    });
    // 'close' rather than 'exit': the last output lines have been read by then. A descendant may hold the pipes open,
    // so the end of the process itself is enough after a moment.
    child.once('close', (code, signal) => resolve({ code, signal }));
    child.once(
      'exit',
      (code, signal) => void delay(500, undefined, { ref: false }).then(() => resolve({ code, signal })),
    );
  });
  const settled = exited.then(async (exit) => {
    ended = true;
    if (pid !== undefined) {
      send(-pid, 'SIGKILL');
      await forgetProcess(pid);
    }
    log?.end();
    return exit;
  });
  const failure = new Promise<CodedError>((resolve) => {
    void exited.then((exit) => {
      if (stopping === undefined)
        resolve(new CodedError('service.unavailable', `${name} ${describe(exit)}${tail(lines)}`));
    });
  });

  const stop = () => {
    stopping ??= (async () => {
      if (pid !== undefined && !ended && send(pid, stopSignal)) {
        // A frozen process acts on a signal only once it goes on.
        send(pid, 'SIGCONT');
        const timer = setTimeout(() => send(-pid, 'SIGKILL'), stopWithinMs);
        await exited;
        clearTimeout(timer);
      }
      await settled;
    })();
    return stopping;
  };

  return {
    name,
    pid: pid ?? 0,
    lastLines: () => lines,
    exited: settled,
    failure,
    signal: (signal) => pid !== undefined && !ended && send(pid, signal),
    signalTree: (signal) => pid !== undefined && !ended && send(-pid, signal),
    stop,
    [Symbol.asyncDispose]: stop,
    onLine: (listener) => {
      listeners.add(listener);
      for (const line of lines) listener(line);
      return () => listeners.delete(listener);
    },
  };
}

function collectLines(
  child: ChildProcess,
  log: WriteStream | undefined,
  onLine: (line: string) => void,
): void {
  for (const stream of [child.stdout, child.stderr]) {
    let pending = '';
    stream?.setEncoding('utf8');
    stream?.on('data', (text: string) => {
      log?.write(text);
      const parts = (pending + text).split('\n');
      pending = parts.pop() ?? '';
      for (const line of parts) onLine(line.trimEnd());
    });
    stream?.on('end', () => {
      if (pending !== '') onLine(pending);
    });
  }
}

function baseEnvironment(inherit: boolean): NodeJS.ProcessEnv {
  if (inherit) return { ...processEnvironment };
  const names = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'XDG_CACHE_HOME'];
  return Object.fromEntries(
    names.flatMap((name) => (processEnvironment[name] ? [[name, processEnvironment[name]]] : [])),
  );
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

function describe(exit: Exit): string {
  if (exit.code === null && exit.signal === null) return 'could not be started';
  return exit.signal === null ? `ended with code ${exit.code}` : `was ended by ${exit.signal}`;
}

/** The last lines of output as the end of a message. */
function tail(lines: readonly string[], count = 15): string {
  const shown = lines.filter((line) => line.trim() !== '').slice(-count);
  return shown.length === 0 ? '' : `; its last lines:\n${shown.map((line) => `  ${line}`).join('\n')}`;
}
