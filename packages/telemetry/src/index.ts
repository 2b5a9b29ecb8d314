export * from './http-metrics.ts';
export * from './logger.ts';
export * from './metrics-server.ts';
export * from './notifier-metrics.ts';
export * from './registry.ts';
export { scrub } from './scrub.ts';
export * from './worker-metrics.ts';
