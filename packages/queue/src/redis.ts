import { CodedError } from '@spikefit/contracts';
import { Redis } from 'ioredis';

const connectTimeoutMs = 5_000;
const commandTimeoutMs = 5_000;
const longestReconnectMs = 2_000;

const common = {
  connectTimeout: connectTimeoutMs,
  keepAlive: 10_000,
  retryStrategy: (times: number) => Math.min(50 * 2 ** times, longestReconnectMs),
};

/** For commands that somebody waits for: they fail at once, or after a few seconds when Redis does not answer. */
export function openProducerConnection(redisUrl: string): Redis {
  return new Redis(redisUrl, {
    ...common,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
  });
}

/**
 * For the consumer, which waits for Redis as long as it takes (BullMQ asks for `maxRetriesPerRequest: null`). BullMQ
 * duplicates the connection for its blocking commands, and cannot let go of the duplicate while Redis is away: so we do.
 */
export function openConsumerConnection(redisUrl: string): { redis: Redis; disconnectAll: () => void } {
  const redis = new Redis(redisUrl, { ...common, maxRetriesPerRequest: null });
  const connections = [redis];
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (override) => {
    const copy = duplicate(override);
    connections.push(copy);
    return copy;
  };
  const disconnectAll = () => {
    for (const connection of connections) connection.disconnect();
  };
  return { redis, disconnectAll };
}

export function toQueueError(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const text = error instanceof Error ? error.message : String(error);
  // A Redis that is full (maxmemory, noeviction) or cannot write its log refuses writes.
  const code = /^(OOM|MISCONF)/.test(text) ? 'storage.full' : 'service.unavailable';
  return new CodedError(code, `queue: ${text}`, { cause: error });
}
