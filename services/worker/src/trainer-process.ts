import { type ChildProcess, fork } from 'node:child_process';
import type { FromTrainer, ToTrainer } from '@spikefit/contracts';
import { Mailbox } from './mailbox.ts';

export interface TrainerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of what it wrote to standard error, for heuristics and logs. */
  readonly errorTail: string;
}

export interface TrainerOptions {
  readonly path: string;
  readonly arguments?: readonly string[];
  /** The whole environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly onOutput?: (line: string) => void;
}

const keptErrorCharacters = 8192;

/**
 * One trainer process and its two mailboxes. It has no credentials and no open connection but the IPC channel, and
 * it ends by itself when that channel closes, also when this process is killed.
 *
 * States: running → (killed) → ended. After `kill` no message is handed out any more, however late it comes.
 */
export class TrainerProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #mailbox = new Mailbox<FromTrainer>();
  readonly exited: Promise<TrainerExit>;

  constructor(options: TrainerOptions) {
    this.#child = fork(options.path, [...(options.arguments ?? [])], {
      env: { ...options.environment },
      execArgv: [],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child.on('message', (message) => this.#mailbox.put(message as FromTrainer));
    let errorTail = '';
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let pending = '';
      stream?.setEncoding('utf8').on('data', (text: string) => {
        if (stream === this.#child.stderr) errorTail = (errorTail + text).slice(-keptErrorCharacters);
        const lines = (pending + text).split('\n');
        pending = (lines.pop() ?? '').slice(-keptErrorCharacters);
        for (const line of lines) options.onOutput?.(line);
      });
    }
    this.exited = new Promise((resolve) => {
      // 'close' comes after the last message and the last output; without a process only 'error' comes.
      this.#child.once('close', (code, signal) => resolve({ code, signal, errorTail }));
      this.#child.on('error', (error) => {
        if (this.#child.pid === undefined) resolve({ code: null, signal: null, errorTail: error.message });
      });
    });
    void this.exited.then(() => this.#mailbox.end());
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Messages in order; ends when the process has ended or was killed by `kill`. */
  messages(): AsyncIterable<FromTrainer> {
    return this.#mailbox;
  }

  /** A message to a process that is gone is dropped: its end is heard by `exited`. */
  send(message: ToTrainer): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** SIGKILL, and deaf to whatever was still under way. */
  kill(): void {
    this.#mailbox.close();
    this.#child.kill('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.exited;
  }
}
