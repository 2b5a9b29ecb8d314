import type { Clock } from '@spikefit/contracts';
import type { Logger } from '@spikefit/telemetry';

export interface LoopOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly everyMs: number;
  /** One round. `more`: there is work left, go on at once. Must not be needed to end for a stop: heed the signal. */
  readonly round: (signal: AbortSignal) => Promise<'more' | 'idle'>;
  readonly onFailure?: () => void;
}

const longestPauseMs = 30_000;

/**
 * Rounds of background work, one at a time, each a while after the one before, or when woken. A round that fails,
 * for example because Postgres or Redis is away, is tried again after a pause that doubles up to half a minute.
 *
 * States: running ⇄ waiting → stopped. Disposing waits for the round that runs.
 */
export class Loop implements AsyncDisposable {
  readonly #options: LoopOptions;
  readonly #stop = new AbortController();
  readonly #ended: Promise<void>;
  #wake = new AbortController();
  #failures = 0;
  #isWoken = false;

  constructor(options: LoopOptions) {
    this.#options = options;
    // Not at once: the first round may use what is set up beside the loop.
    this.#ended = Promise.resolve().then(() => this.#run());
  }

  /** Something happened: the next round is due now. While rounds fail, the pause is kept. */
  wake(): void {
    this.#isWoken = true;
    if (this.#failures === 0) this.#wake.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#wake.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#isWoken = false;
      const outcome = await this.#round(signal);
      if (outcome === 'more' || (outcome === 'idle' && this.#isWoken)) continue;
      await this.#pause(outcome === 'failed' ? this.#pauseAfterFailureMs() : this.#options.everyMs);
    }
  }

  async #round(signal: AbortSignal): Promise<'more' | 'idle' | 'failed'> {
    const { logger, name, round, onFailure } = this.#options;
    try {
      const outcome = await round(signal);
      if (this.#failures > 0) logger.info({ loop: name, failures: this.#failures }, 'works again');
      this.#failures = 0;
      return outcome;
    } catch (error) {
      if (signal.aborted) return 'idle';
      this.#failures += 1;
      onFailure?.();
      logger.warn({ err: error, loop: name, failures: this.#failures }, 'round failed, it is tried again');
      return 'failed';
    }
  }

  #pauseAfterFailureMs(): number {
    return Math.min(this.#options.everyMs * 2 ** Math.min(this.#failures, 16), longestPauseMs);
  }

  async #pause(ms: number): Promise<void> {
    this.#wake = new AbortController();
    if (this.#stop.signal.aborted) return;
    await this.#options.clock.sleep(ms, this.#wake.signal).catch(() => undefined);
  }
}
