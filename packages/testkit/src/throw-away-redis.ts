import { randomBytes } from 'node:crypto';
import { startRedis } from '@spikefit/local-services';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import { askBroker, type SharedRedis } from './broker.ts';
import { tracked } from './tracked.ts';

export interface ThrowAwayRedis extends AsyncDisposable {
  readonly url: string;
  /** What every key must begin with, as BullMQ's `prefix`; nobody else uses it. */
  readonly prefix: string;
}

/** A key prefix of one's own on the shared server; its keys are deleted when disposed. */
export async function throwAwayRedis(): Promise<ThrowAwayRedis> {
  const { url } = await askBroker<SharedRedis>(inject('spikefitBroker'), '/redis');
  const prefix = `test-${randomBytes(6).toString('hex')}`;
  return tracked(`redis prefix ${prefix}`, {
    url,
    prefix,
    [Symbol.asyncDispose]: () => deleteKeys(url, prefix),
  });
}

export interface OwnRedis extends ThrowAwayRedis {
  /** Ends the server at once, as a crash would. */
  kill(): Promise<void>;
  /** Deletes everything. */
  flush(): Promise<void>;
}

/** A server of one's own, for tests that kill, freeze or flush it. */
export async function throwAwayRedisServer(): Promise<OwnRedis> {
  const server = await startRedis();
  return tracked('redis server', {
    url: server.url,
    prefix: 'test',
    kill: async () => {
      server.process?.signalTree('SIGKILL');
      await server.process?.exited;
    },
    flush: () => withRedis(server.url, (redis) => redis.flushall()),
    [Symbol.asyncDispose]: () => server.stop(),
  });
}

async function deleteKeys(url: string, prefix: string): Promise<void> {
  await withRedis(url, async (redis) => {
    for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 500 })) {
      if ((keys as string[]).length > 0) await redis.unlink(...(keys as string[]));
    }
  });
}

async function withRedis(url: string, work: (redis: Redis) => Promise<unknown>): Promise<void> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1, lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => {});
  await redis.connect();
  try {
    await work(redis);
  } finally {
    redis.disconnect();
  }
}
