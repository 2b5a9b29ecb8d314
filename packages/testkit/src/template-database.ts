import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** Runs work on one connection and closes it. */
export async function withClient<Result>(
  url: string,
  work: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The same server and role, another database. */
export function onDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** Migrates a fresh database that test databases are cloned from, which is much quicker than migrating each. */
export async function makeTemplate(url: string): Promise<{ template: string; drop: () => Promise<void> }> {
  const { migrate } = await import('@spikefit/database');
  const template = `spikefit_template_${randomBytes(6).toString('hex')}`;
  await withClient(url, (client) => client.query(`CREATE DATABASE ${template}`));
  await migrate(onDatabase(url, template));
  const drop = async () => {
    await withClient(url, (client) => client.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`));
  };
  return { template, drop };
}
