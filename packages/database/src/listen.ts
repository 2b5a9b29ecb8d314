/**
 * LISTEN on one connection of its own.
 * States: connecting → listening → (lost) waiting → connecting …; closed ends it from any state.
 */
import { type Clock, systemClock } from '@spikefit/contracts';
import pg from 'pg';
import { toDatabaseError } from './database-error.ts';
import type { ListenOptions } from './surface/application.ts';

const firstWaitMs = 200;
const longestWaitMs = 5_000;

/**
 * @param callbacks by channel; the argument is the notification's payload
 * @throws CodedError `service.unavailable` when the first connection fails; later ones are tried again for ever
 */
export async function listen(
  url: string,
  callbacks: Readonly<Record<string, (payload: string) => void>>,
  options: ListenOptions & { clock?: Clock } = {},
): Promise<AsyncDisposable> {
  const clock = options.clock ?? systemClock;
  const closing = new AbortController();
  let client: pg.Client | undefined;

  const connect = async (): Promise<void> => {
    const next = new pg.Client({
      connectionString: url,
      application_name: 'spikefit listen',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    next.on('error', (error) => options.onError?.(toDatabaseError(error)));
    next.on('notification', ({ channel, payload }) => callbacks[channel]?.(payload ?? ''));
    try {
      await next.connect();
      for (const channel of Object.keys(callbacks))
        await next.query(`LISTEN ${next.escapeIdentifier(channel)}`);
    } catch (error) {
      await next.end().catch(() => {});
      throw toDatabaseError(error);
    }
    client = next;
    next.once('end', () => {
      if (!closing.signal.aborted) void reconnect();
    });
  };

  const reconnect = async (): Promise<void> => {
    for (let waitMs = firstWaitMs; !closing.signal.aborted; waitMs = Math.min(2 * waitMs, longestWaitMs)) {
      try {
        await clock.sleep(waitMs, closing.signal);
        await connect();
        if (closing.signal.aborted) await client?.end();
        else options.onReconnect?.();
        return;
      } catch (error) {
        if (!closing.signal.aborted) options.onError?.(error);
      }
    }
  };

  await connect();
  return {
    [Symbol.asyncDispose]: async () => {
      if (closing.signal.aborted) return;
      closing.abort();
      await client?.end().catch(() => {});
    },
  };
}
