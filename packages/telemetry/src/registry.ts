import { collectDefaultMetrics, Registry } from 'prom-client';

/** A registry with the process's own figures (memory, event loop lag, …), every series labelled with `service`. */
export function createRegistry(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}
