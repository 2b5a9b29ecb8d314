import { CodedError, type FromTrainer, toCodedError } from '@spikefit/contracts';

/** What V8 throws, rather than aborts with, when a buffer cannot be had. */
const outOfMemory =
  /allocation failed|Invalid typed array length|Invalid array buffer length|bad_alloc|out of memory/i;

/** The last message of an attempt that threw. */
export function failureOf(error: unknown): Extract<FromTrainer, { type: 'failed' }> {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof CodedError) && outOfMemory.test(message)) {
    return { type: 'failed', code: 'job.out-of-memory', detail: `the trainer ran out of memory: ${message}` };
  }
  const { code, detail } = toCodedError(error);
  return { type: 'failed', code, detail };
}
