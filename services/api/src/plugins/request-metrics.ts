import type { HttpMetrics } from '@spikefit/telemetry';
import plugin from 'fastify-plugin';

export interface RequestMetricsOptions {
  readonly metrics: HttpMetrics;
}

/** Times each answer by its route's pattern. */
export default plugin<RequestMetricsOptions>(
  async (app, { metrics }) => {
    app.addHook('onResponse', async (request, reply) => {
      const route = request.routeOptions.url ?? 'unknown';
      metrics.requestSeconds.observe(
        { method: request.method, route, status: reply.statusCode },
        reply.elapsedTime / 1000,
      );
    });
  },
  { name: 'request-metrics', fastify: '5.x' },
);
