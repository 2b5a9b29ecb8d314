import { CodedError } from '@spikefit/contracts';

/** `dataset.corrupt` that names the file and, where it is known, the byte at which it goes wrong. */
export function corruptFile(file: string, problem: string, options: { byte?: number; cause?: unknown } = {}) {
  const where = options.byte === undefined ? '' : ` at byte ${options.byte}`;
  return new CodedError('dataset.corrupt', `${file}${where}: ${problem}`, options);
}
