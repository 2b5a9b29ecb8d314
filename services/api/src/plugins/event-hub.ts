import plugin from 'fastify-plugin';

/** Tells one reader that its job has news. */
export interface EventWatch extends Disposable {
  /**
   * Resolves with true as soon as the job has an event after `seq` (or is gone), with false after `ms`, or when `signal`
   * is aborted. Never rejects.
   */
  newsAfter(seq: number, ms: number, signal: AbortSignal): Promise<boolean>;
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

/** A job that is not there has more news than any seq: its readers look, and see that it is gone. */
const gone = Number.POSITIVE_INFINITY;

type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

class Watch implements EventWatch {
  /** The newest event that was heard of; 0 before the first. */
  #newest = 0;
  #known = 0;
  #wake: (() => void) | undefined;
  readonly #sleep: Sleep;
  readonly #leave: () => void;

  constructor(sleep: Sleep, leave: (watch: Watch) => void) {
    this.#sleep = sleep;
    this.#leave = () => leave(this);
  }

  hear(seq: number): void {
    this.#newest = Math.max(this.#newest, seq);
    if (this.#newest > this.#known) this.#wake?.();
  }

  async newsAfter(seq: number, ms: number, signal: AbortSignal): Promise<boolean> {
    this.#known = seq;
    if (this.#newest <= seq && !signal.aborted) {
      const done = new AbortController();
      const stop = () => done.abort();
      this.#wake = stop;
      signal.addEventListener('abort', stop, { once: true });
      await this.#sleep(ms, done.signal).catch(() => {});
      signal.removeEventListener('abort', stop);
      this.#wake = undefined;
    }
    const isNews = this.#newest > seq;
    // Said once: should the job be there after all, its readers wait again.
    if (this.#newest === gone) this.#newest = 0;
    return isNews;
  }

  [Symbol.dispose](): void {
    this.#leave();
  }
}

const catchUpMs = 1000;

/**
 * One LISTEN connection per process, opened for the first reader and shared by all. A notice may be lost with that
 * connection: so once a second, while there are readers, one statement asks for the newest events of all their jobs. A
 * reader itself reads only when there is something for it.
 */
export default plugin(
  async (app) => {
    const { clock, database } = app.context;
    const watches = new Map<string, Set<Watch>>();
    let listening: Promise<AsyncDisposable | undefined> | undefined;
    let catchingUp: Disposable | undefined;
    let size = 0;

    const tell = (jobId: string, seq: number) => {
      for (const watch of watches.get(jobId) ?? []) watch.hear(seq);
    };
    const catchUp = async (): Promise<void> => {
      const jobIds = [...watches.keys()];
      if (jobIds.length === 0) return;
      try {
        const newest = await database.events.newestSeqs(jobIds);
        for (const jobId of jobIds) tell(jobId, newest.get(jobId) ?? gone);
      } catch (err) {
        app.log.warn({ err }, 'the newest events cannot be read; readers wait');
      }
      listen();
    };
    const listen = () => {
      listening ??= database
        .listenEvents(({ jobId, seq }) => tell(jobId, seq), {
          onError: (err) => app.log.warn({ err }, 'notices of events are interrupted'),
          onReconnect: () => void catchUp(),
        })
        .then((connection) => {
          // What happened after the first look and before the connection stood was told to nobody.
          void catchUp();
          return connection;
        })
        .catch((err: unknown) => {
          app.log.warn({ err }, 'notices of events cannot be had; news comes once a second');
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
        const watch = new Watch(clock.sleep.bind(clock), (left) => {
          if (!others.delete(left)) return;
          size -= 1;
          if (others.size === 0) watches.delete(jobId);
          if (size > 0) return;
          catchingUp?.[Symbol.dispose]();
          catchingUp = undefined;
        });
        watches.set(jobId, others.add(watch));
        size += 1;
        catchingUp ??= clock.every(catchUpMs, catchUp);
        return watch;
      },
    });

    app.addHook('onClose', async () => {
      catchingUp?.[Symbol.dispose]();
      await (await listening)?.[Symbol.asyncDispose]();
    });
  },
  { name: 'event-hub', dependencies: ['context'], fastify: '5.x' },
);
