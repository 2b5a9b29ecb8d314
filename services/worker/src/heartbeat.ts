import type { Clock } from '@spikefit/contracts';
import type { Directive } from '@spikefit/database';

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly leaseMs: number;
  /** Renews the lease in Postgres and brings back what the job's owner wants. */
  readonly renewLease: () => Promise<Directive>;
  /** Renews BullMQ's lock. What comes of it decides nothing. */
  readonly renewLock: () => Promise<boolean>;
  /** Everything but `continue`; may be told more than once. */
  readonly onDirective: (directive: Exclude<Directive, 'continue'>) => void;
  readonly onFailure: (error: unknown) => void;
}

/** A heartbeat asked for between two regular ones waits at least this long after the one before. */
const earlyAfterMs = 1000;

/**
 * Keeps one attempt's lease. Postgres is asked whether the lease still holds; only when it cannot be asked for a
 * whole lease is the lease taken for lost, since another worker may by then go on with the job.
 */
export class Heartbeat implements Disposable {
  readonly #options: HeartbeatOptions;
  readonly #timer: Disposable;
  #startedMs: number;
  /** When the last renewal that succeeded was sent: the lease runs from no earlier. */
  #renewedMs: number;
  #inFlight = false;
  #disposed = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#startedMs = options.clock.monotonicMs();
    this.#renewedMs = this.#startedMs;
    this.#timer = options.clock.every(options.everyMs, () => this.#tick());
  }

  /** Something worth telling has changed: beat now, if the last beat is a second old. */
  poke(): void {
    if (this.#options.clock.monotonicMs() - this.#startedMs >= earlyAfterMs) this.#tick();
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#timer[Symbol.dispose]();
  }

  #tick(): void {
    if (this.#disposed) return;
    if (this.#inFlight) {
      this.#judgeSilence(this.#startedMs);
      return;
    }
    this.#inFlight = true;
    this.#startedMs = this.#options.clock.monotonicMs();
    this.#beat(this.#startedMs).finally(() => {
      this.#inFlight = false;
    });
  }

  async #beat(startedMs: number): Promise<void> {
    // Not awaited together with the lease: Redis may hang, and decides nothing.
    this.#options.renewLock().catch(this.#options.onFailure);
    try {
      const directive = await this.#options.renewLease();
      if (this.#disposed) return;
      if (directive !== 'lost') this.#renewedMs = startedMs;
      if (directive !== 'continue') this.#options.onDirective(directive);
    } catch (error) {
      if (this.#disposed) return;
      this.#options.onFailure(error);
      this.#judgeSilence(this.#renewedMs);
    }
  }

  #judgeSilence(sinceMs: number): void {
    if (this.#options.clock.monotonicMs() - sinceMs > this.#options.leaseMs)
      this.#options.onDirective('lost');
  }
}
