import { Histogram, type Registry } from 'prom-client';

export const createHttpMetrics = (registry: Registry) => ({
  requestSeconds: new Histogram({
    name: 'spikefit_http_request_seconds',
    help: 'Time to answer, by route pattern (never by URL: ids would make a series each).',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    registers: [registry],
  }),
});
export type HttpMetrics = ReturnType<typeof createHttpMetrics>;
