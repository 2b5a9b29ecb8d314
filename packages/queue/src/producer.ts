import { type Clock, CodedError, systemClock } from '@spikefit/contracts';
import { type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import {
  defaultPrefix,
  type EntryData,
  entryId,
  fromQueuePriority,
  parseEntryId,
  queueName,
  queuePriorities,
  toQueuePriority,
} from './names.ts';
import { openProducerConnection, toQueueError } from './redis.ts';
import type { Producer, QueueEntry, QueueOptions } from './surface.ts';

/** How long the very first commands wait for the connection to open. */
const firstConnectMs = 3_000;

type JobQueue = Queue<EntryData>;

export function createProducer(options: QueueOptions & { clock?: Clock }): Producer {
  const clock = options.clock ?? systemClock;
  const redis = openProducerConnection(options.redisUrl);
  // Whoever calls learns of it; without a listener it would end the process.
  redis.on('error', () => {});
  const firstReady = untilReady(redis, clock);
  let opened: JobQueue | undefined;

  const useQueue = async <T>(work: (queue: JobQueue) => Promise<T>): Promise<T> => {
    await firstReady;
    if (redis.status !== 'ready') {
      throw new CodedError('service.unavailable', `queue: Redis cannot be reached (${redis.status})`);
    }
    try {
      opened ??= await openQueue(redis, options.prefix ?? defaultPrefix);
      return await work(opened);
    } catch (error) {
      throw toQueueError(error);
    }
  };

  const close = async (): Promise<void> => {
    await opened?.close().catch(() => {});
    redis.disconnect();
  };

  return {
    ping: () => useQueue(async () => void (await redis.ping())),
    enqueueAll: (entries) =>
      useQueue(async (queue) => {
        if (entries.length === 0) return;
        await queue.addBulk(entries.map(toJob));
      }),
    missing: (entries) =>
      useQueue(async (queue) => {
        if (entries.length === 0) return [];
        const pipeline = redis.pipeline();
        for (const { jobId, enqueueSeq } of entries) pipeline.exists(queue.toKey(entryId(jobId, enqueueSeq)));
        const answers = (await pipeline.exec()) ?? [];
        const failure = answers.find(([error]) => error !== null)?.[0];
        if (failure) throw failure;
        return entries.filter((_, index) => answers[index]?.[1] === 0);
      }),
    waiting: (limit, offset = 0) =>
      useQueue(async (queue) => {
        // `wait` holds the few that came back from a consumer that had died; they are next.
        const returnedCount = await queue.getWaitingCount();
        const returned = offset < returnedCount ? await queue.getWaiting(offset, offset + limit - 1) : [];
        const rest = limit - returned.length;
        const from = Math.max(0, offset - returnedCount);
        const prioritized = rest > 0 ? await queue.getPrioritized(from, from + rest - 1) : [];
        return [...returned, ...prioritized].flatMap(toEntry);
      }),
    remove: (jobId, enqueueSeq) =>
      useQueue(async (queue) => void (await queue.remove(entryId(jobId, enqueueSeq)))),
    oldestWaitingAgeMs: () =>
      useQueue(async (queue) => {
        const oldest = (await oldestPerPriority(queue)).map((job) => job.timestamp);
        return oldest.length === 0 ? null : Math.max(0, clock.now().getTime() - Math.min(...oldest));
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function openQueue(redis: Redis, prefix: string): Promise<JobQueue> {
  const queue: JobQueue = new Queue<EntryData>(queueName, { connection: redis, prefix });
  queue.on('error', () => {});
  try {
    await queue.waitUntilReady();
    return queue;
  } catch (error) {
    // It remembers for ever that its first look at Redis failed; the next call makes a new one.
    await queue.close().catch(() => {});
    throw error;
  }
}

/** Entries of one priority wait in order, so its first is its oldest. */
async function oldestPerPriority(queue: JobQueue): Promise<Job<EntryData>[]> {
  const counts = await queue.getCountsPerPriority([...queuePriorities]);
  const jobs: Job<EntryData>[] = await queue.getWaiting(0, 999);
  let offset = 0;
  for (const priority of queuePriorities) {
    const count = counts[String(priority)] ?? 0;
    if (count > 0) jobs.push(...(await queue.getPrioritized(offset, offset)));
    offset += count;
  }
  return jobs;
}

function toJob(entry: QueueEntry) {
  const data: EntryData = { jobId: entry.jobId, tenantId: entry.tenantId };
  const options = {
    jobId: entryId(entry.jobId, entry.enqueueSeq),
    priority: toQueuePriority(entry.priority),
    // Postgres decides what is tried again, and remembers what was.
    attempts: 1,
    removeOnComplete: true,
    removeOnFail: true,
  };
  return { name: queueName, data, opts: options };
}

function toEntry(job: Job<EntryData> | undefined): QueueEntry[] {
  const id = parseEntryId(job?.id ?? '');
  if (job === undefined || id === null) return [];
  return [{ ...id, tenantId: job.data.tenantId, priority: fromQueuePriority(job.opts.priority ?? 0) }];
}

async function untilReady(redis: Redis, clock: Clock): Promise<void> {
  const stop = new AbortController();
  const ready = new Promise<void>((resolve) => {
    redis.once('ready', resolve);
    redis.once('end', resolve);
  });
  await Promise.race([ready, clock.sleep(firstConnectMs, stop.signal).catch(() => {})]);
  stop.abort();
}
