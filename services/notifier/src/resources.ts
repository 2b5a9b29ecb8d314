import type { NotifierConfig } from '@spikefit/config';
import type { Clock } from '@spikefit/contracts';
import type { NotifierDatabase } from '@spikefit/database';
import type { ObjectStore } from '@spikefit/object-store';
import type { Producer } from '@spikefit/queue';
import type { Logger, NotifierMetrics } from '@spikefit/telemetry';
import type { Resolver } from './webhooks/address-judge.ts';

/** What the systems of the notifier share. Who made it disposes it. */
export interface Resources {
  readonly config: NotifierConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: NotifierMetrics;
  readonly database: NotifierDatabase;
  readonly queue: Producer;
  readonly objectStore: ObjectStore;
  readonly resolve: Resolver;
}
