export { createHttpMetrics, type HttpMetrics } from './http-metrics.ts';
export { createLogger, type Logger, type LoggerOptions } from './logger.ts';
export { type MetricsServer, serveMetrics } from './metrics-server.ts';
export { createNotifierMetrics, type NotifierMetrics } from './notifier-metrics.ts';
export { createRegistry } from './registry.ts';
export { createWorkerMetrics, type WorkerMetrics } from './worker-metrics.ts';
