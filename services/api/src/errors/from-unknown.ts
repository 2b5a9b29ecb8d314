import { CodedError } from '@spikefit/contracts';

/**
 * Maps whatever a request ended with to one coded error. Database, queue and object store throw coded errors
 * themselves; what else comes is Fastify's, or unexpected.
 */
export function fromUnknown(thrown: unknown, limits: { maxBodyBytes: number }): CodedError {
  if (thrown instanceof CodedError) return thrown;
  const cause = thrown;
  switch (codeOf(thrown)) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new CodedError('request.too-large', `the body has more than ${limits.maxBodyBytes} bytes`, {
        cause,
      });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
      return new CodedError('request.unsupported-media-type', 'the body must be application/json', { cause });
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new CodedError('request.invalid', 'the body is not as long as content-length says', { cause });
    case 'FST_ERR_BAD_URL':
      return new CodedError('request.invalid', 'the path is not valid percent-encoding', { cause });
    case 'FST_UNDER_PRESSURE':
      return new CodedError('service.overloaded', 'the process has more work than it can do now');
    default:
      return new CodedError('internal.error', 'unexpected error', { cause });
  }
}

function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
