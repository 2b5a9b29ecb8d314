import { CodedError, type ErrorCode } from '@spikefit/contracts';

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const fullNames = /QuotaExceeded|InsufficientStorage|StorageFull|NoSpace/i;
const absent = new Set(['ENOENT', 'ENOTDIR', 'NoSuchKey', 'NotFound']);

/** What passes: of the network, of the machine, of S3. Everything else would fail the same way again. */
const passing = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EIO',
  'EBUSY',
  'EAGAIN',
  'EMFILE',
  'ENFILE',
  'ESTALE',
  'ERR_STREAM_PREMATURE_CLOSE',
  'TimeoutError',
  'RequestTimeout',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequests',
  'ServiceUnavailable',
  'InternalError',
  // Temporary credentials are renewed by whoever provides them.
  'ExpiredToken',
  'TokenRefreshRequired',
  'CredentialsProviderError',
]);
const passingStatus = (status: number) => status === 408 || status === 429 || status >= 500;

/** What the file system or the S3 client threw, as an error of the catalogue. A CodedError stays what it is. */
export function toStorageError(error: unknown, key: string): CodedError {
  if (error instanceof CodedError) return error;
  const { code, name, status, message } = describe(error);
  if (full.has(code) || fullNames.test(name) || fullNames.test(message) || /no space left/i.test(message)) {
    return new CodedError('storage.full', `no space left for ${key}`, { cause: error });
  }
  if (absent.has(code) || absent.has(name)) {
    return new CodedError('object.not-found', `there is no object ${key}`, { cause: error });
  }
  const passes = passing.has(code) || passing.has(name) || passingStatus(status);
  const verdict: ErrorCode = passes ? 'service.unavailable' : 'internal.error';
  return new CodedError(verdict, `object store, ${key}: ${message}`, { cause: error });
}

/** For the question whether the store answers: whatever goes wrong, it does not. */
export async function answering(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw new CodedError('service.unavailable', `object store: ${describe(error).message}`, { cause: error });
  }
}

export const errorCode = (error: unknown): string => describe(error).code;

function describe(error: unknown): { code: string; name: string; status: number; message: string } {
  if (!(error instanceof Error)) return { code: '', name: '', status: 0, message: String(error) };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // Some errors of sockets have only a code.
  return { code, name: error.name, status: statusOf(error), message: error.message || code || error.name };
}

/** The S3 client keeps the HTTP status beside the error; 0 when there was no answer. */
function statusOf(error: Error): number {
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return 0;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : 0;
}
