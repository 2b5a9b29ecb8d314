import { CodedError, type ErrorCode, toCodedError } from '@spikefit/contracts';

/** What the operating system refuses, as far as it says something about the job or the machine. */
const codes: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'storage.full',
  EDQUOT: 'storage.full',
  ENOMEM: 'job.out-of-memory',
  EMFILE: 'service.unavailable',
  ENFILE: 'service.unavailable',
  EAGAIN: 'service.unavailable',
  EIO: 'service.unavailable',
};

/** What V8 throws, rather than aborts with, when a buffer cannot be had. */
const outOfMemory =
  /allocation failed|Invalid typed array length|Invalid array buffer length|bad_alloc|out of memory/i;

/** Any error as one of the catalogue; unlike `toCodedError` it tells a full disk and a full memory from a bug. */
export function toJobError(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const systemCode = (error as { code?: unknown } | null)?.code;
  const code = typeof systemCode === 'string' ? codes[systemCode] : undefined;
  if (code !== undefined) return new CodedError(code, message, { cause: error });
  if (outOfMemory.test(message)) return new CodedError('job.out-of-memory', message, { cause: error });
  return toCodedError(error);
}
