import type { EventNotice } from '@spikefit/database';
import plugin from 'fastify-plugin';

/** Tells one reader that its job has news. */
export interface EventWatch extends Disposable {
  /**
   * Resolves at the next notice for the job (at once when one came since the last call), after `ms`, or when `signal`
   * is aborted. Never rejects: whoever waits then reads what there is.
   */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export interface EventHub {
  watch(jobId: string): EventWatch;
  /** Readers now. */
  readonly size: number;
}

declare module 'fastify' {
  interface FastifyInstance {
    eventHub: EventHub;
  }
}

class Watch implements EventWatch {
  #news = false;
  #wake: (() => void) | undefined;
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly #leave: () => void;

  constructor(sleep: (ms: number, signal: AbortSignal) => Promise<void>, leave: (watch: Watch) => void) {
    this.#sleep = sleep;
    this.#leave = () => leave(this);
  }

  notify(): void {
    this.#news = true;
    this.#wake?.();
  }

  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#news && !signal.aborted) {
      const done = new AbortController();
      const stop = () => done.abort();
      this.#wake = stop;
      signal.addEventListener('abort', stop, { once: true });
      await this.#sleep(ms, done.signal).catch(() => {});
      signal.removeEventListener('abort', stop);
      this.#wake = undefined;
    }
    this.#news = false;
  }

  [Symbol.dispose](): void {
    this.#leave();
  }
}

/**
 * One LISTEN connection per process, opened for the first reader and shared by all. Notices only wake readers early:
 * each also reads once a second, so a lost connection costs a second and no event.
 */
export default plugin(
  async (app) => {
    const { clock, database } = app.context;
    const watches = new Map<string, Set<Watch>>();
    let listening: Promise<AsyncDisposable | undefined> | undefined;
    let size = 0;

    const onNotice = ({ jobId }: Pick<EventNotice, 'jobId'>) => {
      for (const watch of watches.get(jobId) ?? []) watch.notify();
    };
    const onReconnect = () => {
      for (const jobId of watches.keys()) onNotice({ jobId });
    };
    const listen = () => {
      listening ??= database
        .listenEvents(onNotice, {
          onError: (err) => app.log.warn({ err }, 'notices of events are interrupted'),
          onReconnect,
        })
        .catch((err: unknown) => {
          app.log.warn({ err }, 'notices of events cannot be had; readers look once a second');
          listening = undefined;
          return undefined;
        });
    };

    app.decorate('eventHub', {
      get size() {
        return size;
      },
      watch: (jobId) => {
        listen();
        const others = watches.get(jobId) ?? new Set();
        const watch = new Watch(clock.sleep, (left) => {
          if (!others.delete(left)) return;
          size -= 1;
          if (others.size === 0) watches.delete(jobId);
        });
        watches.set(jobId, others.add(watch));
        size += 1;
        return watch;
      },
    });

    app.addHook('onClose', async () => {
      await (await listening)?.[Symbol.asyncDispose]();
    });
  },
  { name: 'event-hub', dependencies: ['context'], fastify: '5.x' },
);
