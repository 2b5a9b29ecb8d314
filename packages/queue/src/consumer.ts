/**
 * Takes entries and hands them to `onEntry`. An entry's end, good or bad, removes it: what becomes of the job stands
 * in Postgres, and BullMQ's own counts of failures and stalls decide nothing.
 *
 * States: running → closing (`signal` aborted, no new entries) → closed.
 */
import { type Clock, systemClock } from '@spikefit/contracts';
import { type Job, Worker } from 'bullmq';
import { defaultPrefix, type EntryData, parseEntryId, queueName } from './names.ts';
import { openConsumerConnection, toQueueError } from './redis.ts';
import type { Consumer, ConsumerOptions } from './surface.ts';

const defaultLockSeconds = 30;
const extendWithinMs = 3_000;
/** How long closing waits for Redis to hear that the last entries have ended. Without it they come again, in vain. */
const farewellMs = 2_000;

export function createConsumer(options: ConsumerOptions & { clock?: Clock }): Consumer {
  const clock = options.clock ?? systemClock;
  const onError = (error: unknown): void => options.onError?.(error);
  const lockMs = (options.lockSeconds ?? defaultLockSeconds) * 1000;
  const closing = new AbortController();
  const handling = new Set<Promise<void>>();
  const { redis, disconnectAll } = openConsumerConnection(options.redisUrl);
  redis.on('error', (error) => onError(toQueueError(error)));

  const handle = async (job: Job<EntryData>, token = ''): Promise<void> => {
    const id = parseEntryId(job.id ?? '');
    if (id === null) return;
    const extendLock = async (): Promise<boolean> => {
      // The connection keeps commands until Redis is back; whoever renews a lock cannot wait for that.
      const tooLate = new AbortController();
      const extended = job.extendLock(token, lockMs).then(
        (extendedCount) => extendedCount > 0,
        (error: unknown) => {
          onError(toQueueError(error));
          return false;
        },
      );
      const late = clock.sleep(extendWithinMs, tooLate.signal).then(
        () => false,
        () => false,
      );
      const answer = await Promise.race([extended, late]);
      tooLate.abort();
      return answer;
    };
    try {
      await options.onEntry({ ...id, tenantId: job.data.tenantId }, { extendLock, signal: closing.signal });
    } catch (error) {
      onError(error);
    }
  };

  const worker = new Worker<EntryData>(
    queueName,
    (job, token) => {
      const handled = handle(job, token);
      handling.add(handled);
      return handled.finally(() => handling.delete(handled));
    },
    {
      connection: redis,
      prefix: options.prefix ?? defaultPrefix,
      concurrency: options.concurrency,
      lockDuration: lockMs,
      skipLockRenewal: true,
      stalledInterval: lockMs,
      maxStalledCount: 1_000_000,
      runRetryDelay: 1_000,
    },
  );
  worker.on('error', (error) => onError(toQueueError(error)));

  const atMost = async (ms: number, promise: Promise<void>): Promise<void> => {
    const stopWaiting = new AbortController();
    await Promise.race([promise, clock.sleep(ms, stopWaiting.signal).catch(() => {})]);
    stopWaiting.abort();
  };

  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= (async () => {
      closing.abort();
      const ended = worker.close().catch(onError);
      await Promise.allSettled(handling);
      await atMost(farewellMs, ended);
      disconnectAll();
      await atMost(farewellMs, ended);
    })();
    return closed;
  };

  return { close, [Symbol.asyncDispose]: close };
}
