export { type NotifierOptions, startNotifier } from './notifier.ts';
export { jitterShare, retryDelayMs, retryDelaysMs } from './webhooks/retry-schedule.ts';
