import { expect, it } from 'vitest';
import { serveMetrics } from './metrics-server.ts';
import { createNotifierMetrics } from './notifier-metrics.ts';
import { createRegistry } from './registry.ts';
import { createWorkerMetrics } from './worker-metrics.ts';

it('serves what was counted, and closes', async () => {
  const registry = createRegistry('worker');
  const metrics = createWorkerMetrics(registry);
  createNotifierMetrics(registry);
  metrics.claims.inc({ outcome: 'claimed' }, 3);
  const server = await serveMetrics({ registry, host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${server.port}`;
  const text = await (await fetch(`${url}/metrics`)).text();
  expect(text).toContain('spikefit_claims_total{outcome="claimed",service="worker"} 3');
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await fetch(`${url}/other`)).status).toBe(404);
  await server[Symbol.asyncDispose]();
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
});
