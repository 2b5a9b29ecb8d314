import pg from 'pg';
import { toDatabaseError } from './database-error.ts';

/** One connection without the Prisma client, closed afterwards. Errors come out coded. */
export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'spikefit setup',
    connectionTimeoutMillis: 5_000,
  });
  // What breaks shows in the query that was running; without a listener it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw toDatabaseError(error);
  } finally {
    await client.end().catch(() => {});
  }
}
