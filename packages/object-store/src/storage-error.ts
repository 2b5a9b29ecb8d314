import { CodedError } from '@spikefit/contracts';

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const fullNames = /QuotaExceeded|InsufficientStorage|StorageFull|NoSpace/i;
const absent = new Set(['ENOENT', 'ENOTDIR', 'NoSuchKey', 'NotFound']);

/** What the file system or the S3 client threw, as an error of the catalogue. A CodedError stays what it is. */
export function toStorageError(error: unknown, key: string): CodedError {
  if (error instanceof CodedError) return error;
  const { code, name, message } = describe(error);
  if (full.has(code) || fullNames.test(name) || fullNames.test(message) || /no space left/i.test(message)) {
    return new CodedError('storage.full', `no space left for ${key}`, { cause: error });
  }
  if (absent.has(code) || absent.has(name)) {
    return new CodedError('object.not-found', `there is no object ${key}`, { cause: error });
  }
  return new CodedError('service.unavailable', `object store, ${key}: ${message}`, { cause: error });
}

export const errorCode = (error: unknown): string => describe(error).code;

function describe(error: unknown): { code: string; name: string; message: string } {
  if (!(error instanceof Error)) return { code: '', name: '', message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // Some errors of sockets have only a code.
  return { code, name: error.name, message: error.message || code || error.name };
}
