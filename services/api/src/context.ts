import type { ApiConfig } from '@spikefit/config';
import type { Clock } from '@spikefit/contracts';
import type { ApplicationDatabase } from '@spikefit/database';
import type { ObjectStore } from '@spikefit/object-store';
import type { Producer } from '@spikefit/queue';

/** All addresses of a host name; rejects like `dns.promises.lookup`. */
export type ResolveHost = (host: string) => Promise<readonly string[]>;

/** What the routes work with. Whoever builds the app opens these and closes them after the app. */
export interface ApiContext {
  readonly config: ApiConfig;
  readonly database: ApplicationDatabase;
  readonly objectStore: ObjectStore;
  /** Only asked whether Redis answers: entries reach the queue through the outbox. */
  readonly queue: Pick<Producer, 'ping'>;
  readonly clock: Clock;
  readonly resolveHost: ResolveHost;
}

declare module 'fastify' {
  interface FastifyInstance {
    context: ApiContext;
  }
}
