import type { FromTrainer, ToTrainer } from '@spikefit/contracts';

/**
 * The trainer's side of the channel to its worker.
 *
 * The trainer must not outlive the worker, however that ends: when the channel closes, which the kernel does also
 * for a worker that was killed, the process kills itself. Nothing is lost: only the worker makes work durable.
 */
export class Parent {
  #start: ((message: Extract<ToTrainer, { type: 'start' }>) => void) | undefined;
  readonly #saved = new Map<number, () => void>();
  #isStopAsked = false;
  /** The worker's first message. */
  readonly started: Promise<Extract<ToTrainer, { type: 'start' }>>;

  constructor() {
    this.started = new Promise((resolve) => {
      this.#start = resolve;
    });
    process.on('disconnect', dieAtOnce);
    process.on('message', (message) => this.#receive(message as ToTrainer));
    // Signals for the whole group, as from a terminal, are the worker's to answer: it asks for a stop.
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => undefined);
  }

  get isStopAsked(): boolean {
    return this.#isStopAsked;
  }

  send(message: FromTrainer): void {
    process.send?.(message);
  }

  /** Resolves when the worker says that the checkpoint with this number is durable. */
  untilSaved(sequence: number): Promise<void> {
    return new Promise((resolve) => this.#saved.set(sequence, resolve));
  }

  /** Says the last word and ends the process once it is on its way. */
  end(message: FromTrainer): void {
    process.off('disconnect', dieAtOnce);
    process.send?.(message, undefined, undefined, () => process.exit(0));
  }

  #receive(message: ToTrainer): void {
    switch (message.type) {
      case 'start':
        this.#start?.(message);
        return;
      case 'saved':
        this.#saved.get(message.sequence)?.();
        this.#saved.delete(message.sequence);
        return;
      case 'stop':
        this.#isStopAsked = true;
        return;
    }
  }
}

function dieAtOnce(): void {
  process.kill(process.pid, 'SIGKILL');
}
