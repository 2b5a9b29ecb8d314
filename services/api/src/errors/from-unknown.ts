import { CodedError } from '@spikefit/contracts';

/** What Node, pg, ioredis and the S3 client say when a server that we need cannot be talked to. */
const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  // Postgres: admin shutdown, crash shutdown, cannot connect now, too many connections, connection failures.
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08000',
  '08001',
  '08003',
  '08006',
  // Prisma: cannot reach, timed out reaching, closed the connection, no connection from the pool in time.
  'P1001',
  'P1002',
  'P1017',
  'P2024',
]);

/** Maps whatever a request ended with to one coded error: ours, Fastify's, or a stranger's. */
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
      return isUnreachable(thrown)
        ? new CodedError('service.unavailable', 'a server behind the API does not answer', { cause })
        : new CodedError('internal.error', 'unexpected error', { cause });
  }
}

function isUnreachable(thrown: unknown): boolean {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 8; error = error.cause, depth += 1) {
    if (unreachable.has(codeOf(error) ?? '')) return true;
  }
  return false;
}

function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
