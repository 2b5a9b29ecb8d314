import { CodedError } from '@spikefit/contracts';

/** A server that this machine cannot start; `detail` says what happened and what to do. */
export function unavailable(detail: string, cause?: unknown): CodedError {
  return new CodedError('service.unavailable', detail, cause === undefined ? {} : { cause });
}
