import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export const createNotifierMetrics = (registry: Registry) => ({
  relayed: new Counter({
    name: 'spikefit_outbox_relayed_total',
    help: 'Outbox rows handed to the queue.',
    registers: [registry],
  }),
  deliveries: new Counter({
    name: 'spikefit_webhook_attempts_total',
    help: 'Webhook attempts, by outcome.',
    labelNames: ['outcome'],
    registers: [registry],
  }),
  deliverySeconds: new Histogram({
    name: 'spikefit_webhook_attempt_seconds',
    help: 'Length of webhook attempts.',
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [registry],
  }),
  reconciled: new Counter({
    name: 'spikefit_reconciled_total',
    help: 'Repairs made by the reconciler, by kind.',
    labelNames: ['kind'],
    registers: [registry],
  }),
  oldestWaitingSeconds: new Gauge({
    name: 'spikefit_queue_oldest_waiting_seconds',
    help: 'Age of the entry that waits longest in Redis; workers that do not take entries show here.',
    registers: [registry],
  }),
  loopFailures: new Counter({
    name: 'spikefit_loop_failures_total',
    help: 'Rounds of a background loop that failed and are tried again.',
    labelNames: ['loop'],
    registers: [registry],
  }),
});
export type NotifierMetrics = ReturnType<typeof createNotifierMetrics>;
