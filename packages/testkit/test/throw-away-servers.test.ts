import { spawnService, throwAwayRedis, throwAwayRedisServer, throwAwayS3 } from '@spikefit/testkit';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';

describe('throwAwayRedis', () => {
  test('gives prefixes that do not meet, and deletes what was written under them alone', async () => {
    await using first = await throwAwayRedis();
    await using redis = closing(new Redis(first.url));
    {
      await using second = await throwAwayRedis();
      expect(second.url).toBe(first.url);
      expect(second.prefix).not.toBe(first.prefix);
      await redis.client.set(`${first.prefix}:a`, '1');
      await redis.client.set(`${second.prefix}:a`, '2');
    }
    expect(await redis.client.get(`${first.prefix}:a`)).toBe('1');
    expect(await redis.client.keys('test-*')).toEqual([`${first.prefix}:a`]);
  });

  test('never evicts', async () => {
    await using shared = await throwAwayRedis();
    await using redis = closing(new Redis(shared.url));
    expect(await redis.client.config('GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
  });
});

describe('throwAwayRedisServer', () => {
  test('can be flushed and killed', async () => {
    await using server = await throwAwayRedisServer();
    await using redis = closing(
      new Redis(server.url, { maxRetriesPerRequest: 0, retryStrategy: () => null }),
    );
    redis.client.on('error', () => {});
    await redis.client.set('a', '1');
    await server.flush();
    expect(await redis.client.dbsize()).toBe(0);
    await server.kill();
    await expect(redis.client.ping()).rejects.toThrow();
  });
});

describe('throwAwayS3', () => {
  test('answers over HTTP and refuses strangers', async (context) => {
    await using s3 = await throwAwayS3(context);
    const response = await fetch(`${s3.endpoint}/${s3.bucket}`);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('AccessDenied');
  });
});

describe('spawnService', () => {
  test('a process that ends before it is ready is reported with its last lines', async () => {
    const start = spawnService({
      name: 'broken',
      entry: '--eval',
      args: ['console.error("cannot find the thing"); process.exit(3)'],
      readyWhen: { line: /ready/ },
    });
    await expect(start).rejects.toThrow(
      /broken ended with code 3; its last lines:\n {2}cannot find the thing/,
    );
  });

  test('can be frozen, and stopped all the same', async () => {
    await using service = await spawnService({
      name: 'counter',
      entry: '--eval',
      args: [
        'process.on("SIGTERM", () => process.exit(7)); setInterval(() => {}, 1000); console.log("ready")',
      ],
      readyWhen: { line: /ready/ },
    });
    expect(service.signal('SIGSTOP')).toBe(true);
    await service.stop();
    expect(await service.exited).toEqual({ code: 7, signal: null });
    expect(service.signal('SIGTERM')).toBe(false);
  });
});

function closing(client: Redis): AsyncDisposable & { client: Redis } {
  return { client, [Symbol.asyncDispose]: async () => client.disconnect() };
}
