import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Names follow Prometheus: base units, `_total` for counters. */
export const createWorkerMetrics = (registry: Registry) => ({
  claims: new Counter({
    name: 'spikefit_claims_total',
    help: 'Queue entries taken, by what came of the claim.',
    labelNames: ['outcome'],
    registers: [registry],
  }),
  attemptsEnded: new Counter({
    name: 'spikefit_attempts_ended_total',
    help: 'Attempts that ended, by how.',
    labelNames: ['outcome'],
    registers: [registry],
  }),
  running: new Gauge({
    name: 'spikefit_trainers_running',
    help: 'Trainer processes alive.',
    registers: [registry],
  }),
  heartbeatFailures: new Counter({
    name: 'spikefit_heartbeat_failures_total',
    help: 'Heartbeats that did not reach Postgres or Redis.',
    registers: [registry],
  }),
  checkpointBytes: new Counter({
    name: 'spikefit_checkpoint_bytes_total',
    help: 'Bytes of checkpoints stored.',
    registers: [registry],
  }),
  checkpointSeconds: new Histogram({
    name: 'spikefit_checkpoint_seconds',
    help: 'Time from a draft to its acknowledgement.',
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    registers: [registry],
  }),
  attemptSeconds: new Histogram({
    name: 'spikefit_attempt_seconds',
    help: 'Length of attempts.',
    buckets: [1, 5, 15, 60, 180, 600, 1800, 3600, 10_800],
    registers: [registry],
  }),
});
export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>;
