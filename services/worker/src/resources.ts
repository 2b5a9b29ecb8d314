import type { WorkerConfig } from '@spikefit/config';
import type { Clock, ComputePin, ComputeRequest } from '@spikefit/contracts';
import type { ApplicationDatabase } from '@spikefit/database';
import type { ObjectStore } from '@spikefit/object-store';
import type { Logger, WorkerMetrics } from '@spikefit/telemetry';

/** How the trainer was found to compute on this machine, asked once at start. */
export interface Compute extends ComputeRequest {
  readonly pin: ComputePin;
}

/** What the systems of a worker share. Who made it disposes it. */
export interface Resources {
  readonly config: WorkerConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: WorkerMetrics;
  readonly database: ApplicationDatabase;
  readonly objectStore: ObjectStore;
  readonly compute: Compute;
  /** Names this process among all workers, for people who look at leases. */
  readonly owner: string;
  /** The trainer's compiled entry. */
  readonly trainerPath: string;
  /** Brings a data set's files into the cache and answers their folder. */
  readonly ensureDataset: (id: string, signal: AbortSignal) => Promise<string>;
}
