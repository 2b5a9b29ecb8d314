/**
 * A clock that tests tick by hand. Time stands still until `advance`, which fires what falls due, in order, each at
 * its own time, so that "three days of retries" take no time and end the same on every machine.
 */
import { type Clock, CodedError } from '@spikefit/contracts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

export class TestClock implements Clock {
  #elapsed = 0;
  #order = 0;
  readonly #start: number;
  readonly #timers = new Set<Timer>();
  readonly #running = new Set<Promise<void>>();

  constructor(start: Date | string = '2026-01-01T00:00:00.000Z') {
    this.#start = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.#start + this.#elapsed);
  }

  monotonicMs(): number {
    return this.#elapsed;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        this.#timers.delete(timer);
        reject(signal?.reason);
      };
      const timer = this.#add(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  every(ms: number, callback: () => void | Promise<void>): Disposable {
    let timer: Timer | undefined;
    let stopped = false;
    const next = () => {
      if (!stopped) timer = this.#add(ms, run);
    };
    const run = () => {
      const done = (async () => callback())().finally(next);
      const entry = done.finally(() => this.#running.delete(entry));
      this.#running.add(entry);
    };
    next();
    return {
      [Symbol.dispose]: () => {
        stopped = true;
        if (timer) this.#timers.delete(timer);
      },
    };
  }

  /** How many sleeps and intervals wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /**
   * Moves time on by `ms`, firing what falls due on the way; what that starts on this clock is fired too when it falls
   * due within the same span. Promises that hang on the clock alone have gone on when it resolves.
   */
  async advance(ms: number): Promise<void> {
    if (ms < 0) throw new CodedError('internal.error', 'time does not go back');
    const end = this.#elapsed + ms;
    await settle();
    for (let timer = this.#next(end); timer !== undefined; timer = this.#next(end)) {
      this.#timers.delete(timer);
      this.#elapsed = timer.at;
      timer.fire();
      await settle();
    }
    this.#elapsed = end;
  }

  /** Moves on to the next sleep or interval, if there is one; answers by how much, or undefined. */
  async advanceToNext(): Promise<number | undefined> {
    const timer = this.#next(Number.POSITIVE_INFINITY);
    if (timer === undefined) return undefined;
    const ms = timer.at - this.#elapsed;
    await this.advance(ms);
    return ms;
  }

  /** Resolves when the callbacks of `every` that are running now, with their real I/O, have ended; rejects like they. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #add(ms: number, fire: () => void): Timer {
    this.#order += 1;
    const timer = { at: this.#elapsed + Math.max(0, ms), order: this.#order, fire };
    this.#timers.add(timer);
    return timer;
  }

  #next(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > end) continue;
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    }
    return first;
  }
}

/** Lets every promise that can go on without I/O go on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
