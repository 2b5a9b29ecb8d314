import { CodedError, type ErrorCode } from '@spikefit/contracts';

/** SQLSTATE classes and codes, and Prisma codes, that say "not now" rather than "never". */
const passing = [
  /^08/, // connection
  /^57P0/, // shut down, starting up
  /^53/, // too many connections, out of memory (disk full is told apart)
  /^25P03$/, // ended because it was idle in a transaction
  /^57014$/, // statement timeout
  /^55P03$/, // lock timeout
  /^40/, // deadlock, serialization
  /^42P01$/, // no such table: the migrations are still to come
  /^P1\d{3}$/, // Prisma: cannot reach, access, time out
  /^P2024$/, // Prisma: no connection free in time
  /^P2028$/, // Prisma: the transaction could not begin, or ran out of time
  /^P2034$/, // Prisma: write conflict
  /^P2037$/, // Prisma: too many connections
  /^E(CONNREFUSED|CONNRESET|PIPE|TIMEDOUT|NOTFOUND|HOSTUNREACH|NETUNREACH|AI_AGAIN)$/,
];

const passingKinds = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
  'TransactionWriteConflict',
]);

const passingMessages =
  /connection (terminated|timeout|is closed)|timeout exceeded when trying to connect|not queryable/i;

/** What Prisma, its adapter or pg threw, as an error of the catalogue. A CodedError stays what it is. */
export function toDatabaseError(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  const signs = collectSigns(error);
  const text = error instanceof Error ? error.message.trim() : String(error);
  return new CodedError(judge(signs), `database: ${text || signs.codes.join(', ')}`, { cause: error });
}

function judge(signs: Signs): ErrorCode {
  if (signs.codes.includes('53100')) return 'storage.full';
  const isPassing =
    signs.codes.some((code) => passing.some((pattern) => pattern.test(code))) ||
    signs.kinds.some((kind) => passingKinds.has(kind)) ||
    signs.messages.some((message) => passingMessages.test(message));
  return isPassing ? 'service.unavailable' : 'internal.error';
}

interface Signs {
  codes: string[];
  kinds: string[];
  messages: string[];
}

/** The cause sits at different depths, by version and by where it broke: look everywhere. */
function collectSigns(error: unknown): Signs {
  const signs: Signs = { codes: [], kinds: [], messages: [] };
  const seen = new Set<unknown>();
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > 6 || seen.has(value)) return;
    seen.add(value);
    const record = value as Record<string, unknown>;
    for (const key of ['code', 'originalCode'])
      if (typeof record[key] === 'string') signs.codes.push(record[key]);
    if (typeof record.kind === 'string') signs.kinds.push(record.kind);
    for (const key of ['message', 'originalMessage'])
      if (typeof record[key] === 'string') signs.messages.push(record[key]);
    for (const key of ['cause', 'meta', 'driverAdapterError', 'errors', 'error']) {
      const inner = record[key];
      if (Array.isArray(inner)) for (const item of inner) visit(item, depth + 1);
      else visit(inner, depth + 1);
    }
  };
  visit(error, 0);
  return signs;
}
