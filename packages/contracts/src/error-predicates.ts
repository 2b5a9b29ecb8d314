import { type ErrorCode, errorCatalogue } from './errors.ts';

/** Not passing by themselves, but brought about by what passes, or by us. */
const worthAnotherTry: ReadonlySet<ErrorCode> = new Set([
  'internal.error',
  'job.interrupted-too-often',
  'job.retries-exhausted',
] as const);

/** Whether the same request, or the same job, may succeed when it is sent again later. */
export function isRetryable(code: ErrorCode): boolean {
  const kind = errorCatalogue[code].class;
  return kind === 'transient' || kind === 'interrupted' || worthAnotherTry.has(code);
}

/**
 * Codes whose `detail` speaks of our insides (paths, hosts, keys, messages of libraries), and what is said of them in
 * its place. It belongs into the log; the operator who reads it there needs it whole.
 */
const withheld: Readonly<Partial<Record<ErrorCode, string>>> = {
  'service.unavailable': errorCatalogue['service.unavailable'].remedy,
  'internal.error': errorCatalogue['internal.error'].remedy,
  'config.invalid': 'the service is not configured as it should be',
  'backend.unavailable': 'the worker cannot compute as it is set to',
  'dataset.unavailable': 'the files of the data set cannot be had at present',
  'dataset.corrupt': 'a file of the data set is damaged',
  'checkpoint.invalid': 'the stored state of the job cannot be read',
  'object.not-found': 'a stored file is not there any more',
  'object.corrupt': 'a stored file is damaged',
  'object.exists': 'a file cannot be stored under its name',
  'storage.full': 'there is no room for what the job stores; its last checkpoint is kept',
  'job.out-of-memory': errorCatalogue['job.out-of-memory'].remedy,
};

/** What a tenant is told of an error: its detail, unless that speaks of our insides. */
export function publicDetail(code: ErrorCode, detail: string): string {
  return withheld[code] ?? detail;
}
