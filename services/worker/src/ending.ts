import { assertExhaustive, type ErrorCode, errorCatalogue, type Report } from '@spikefit/contracts';
import type { NewArtifact } from '@spikefit/database';
import type { TrainerExit } from './trainer-process.ts';

/** How an attempt ended, as far as the worker can tell. */
export type Ending =
  | { readonly kind: 'done'; readonly report: Report; readonly artifacts: readonly NewArtifact[] }
  /** On request, with its work saved; or the worker stops before there was work to save. */
  | { readonly kind: 'released'; readonly detail: string }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly detail: string }
  | { readonly kind: 'canceled' }
  /** Another attempt has the job: nothing may be written. */
  | { readonly kind: 'lost' };

/** What becomes of a job whose attempt failed. */
export type Consequence = 'fail' | 'retry-later' | 'interrupt' | 'nothing';

export function consequenceOf(code: ErrorCode): Consequence {
  if (code === 'job.lease-lost') return 'nothing';
  const kind = errorCatalogue[code].class;
  switch (kind) {
    case 'user':
    case 'internal':
      return 'fail';
    case 'transient':
      return 'retry-later';
    case 'interrupted':
      return 'interrupt';
    default:
      return assertExhaustive(kind);
  }
}

/** What V8 and the C++ runtime print before they abort for want of memory. */
const outOfMemory = /heap out of memory|std::bad_alloc|Array buffer allocation failed|Allocation failed/i;

/**
 * What the end of a trainer without a last message means. A kill by the kernel's out-of-memory killer looks like any
 * other SIGKILL: it counts as an interruption, of which there may only be so many.
 */
export function endingOfCrash(exit: TrainerExit): Ending {
  const how = exit.signal === null ? `with exit code ${exit.code}` : `by ${exit.signal}`;
  if (exit.signal !== 'SIGKILL' && outOfMemory.test(exit.errorTail)) {
    return {
      kind: 'failed',
      code: 'job.out-of-memory',
      detail: `the trainer ran out of memory (it ended ${how})`,
    };
  }
  return { kind: 'failed', code: 'job.trainer-crashed', detail: `the trainer ended ${how}` };
}
