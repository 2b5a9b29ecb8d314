/** One pool of connections with the Prisma client on top, and the only two ways to run a transaction. */
import { PrismaPg } from '@prisma/adapter-pg';
import { toDatabaseError } from './database-error.ts';
import { type Prisma, PrismaClient } from './generated/client.ts';
import type { ConnectOptions } from './surface/connections.ts';

export type Transaction = Prisma.TransactionClient;

/**
 * A process that is frozen in the middle of a transaction must not hold its locks past the lease of its job: then
 * Postgres ends the transaction.
 */
const idleInTransactionMs = 15_000;
const statementTimeoutMs = 30_000;
const connectTimeoutMs = 5_000;

export interface Connection {
  readonly url: string;
  /** Sees no row that row-level security guards, unless the role is exempt. */
  transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Everything inside sees and writes the rows of one tenant only. `now`: the transaction's time. */
  tenantTransaction<T>(
    tenantId: string,
    work: (transaction: Transaction, now: Date) => Promise<T>,
  ): Promise<T>;
  ping(): Promise<void>;
  close(): Promise<void>;
}

export function openConnection(options: ConnectOptions): Connection {
  const adapter = new PrismaPg(
    {
      connectionString: options.url,
      max: options.maxConnections ?? 10,
      application_name: options.applicationName ?? 'spikefit',
      // The adapter sends times without a zone and means UTC.
      options: '-c TimeZone=UTC',
      connectionTimeoutMillis: connectTimeoutMs,
      idle_in_transaction_session_timeout: idleInTransactionMs,
      statement_timeout: statementTimeoutMs,
      keepAlive: true,
    },
    // A broken idle connection is replaced at the next use; that use reports what it meets.
    { onPoolError: () => {}, onConnectionError: () => {} },
  );
  const client = new PrismaClient({ adapter, errorFormat: 'minimal' });

  const transaction = async <T>(work: (transaction: Transaction) => Promise<T>): Promise<T> => {
    try {
      return await client.$transaction(work, { maxWait: 10_000, timeout: statementTimeoutMs });
    } catch (error) {
      throw toDatabaseError(error);
    }
  };

  return {
    url: options.url,
    transaction,
    tenantTransaction: (tenantId, work) =>
      transaction(async (tx) => {
        const [row] = await tx.$queryRaw<[{ now: Date }]>`
          SELECT now()::timestamptz(3) AS now, set_config('spikefit.tenant_id', ${tenantId}, true)`;
        return work(tx, row.now);
      }),
    ping: async () => {
      try {
        // A table of ours rather than nothing: a database without its migrations is no use either.
        await client.$queryRaw`SELECT FROM jobs LIMIT 0`;
      } catch (error) {
        throw toDatabaseError(error);
      }
    },
    close: () => client.$disconnect(),
  };
}
