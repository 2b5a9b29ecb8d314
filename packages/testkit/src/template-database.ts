import { randomBytes } from 'node:crypto';
import type { RolePasswords } from '@spikefit/database';
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

export interface Template {
  readonly name: string;
  readonly passwords: RolePasswords;
}

/** Migrates a fresh database that test databases are cloned from, which is much quicker than migrating each. */
export async function makeTemplate(
  adminUrl: string,
): Promise<{ template: Template; drop: () => Promise<void> }> {
  const { migrate, provision } = await import('@spikefit/database');
  const name = `spikefit_template_${randomBytes(6).toString('hex')}`;
  const password = () => randomBytes(16).toString('hex');
  const passwords = { owner: password(), application: password(), notifier: password() };
  const { ownerUrl } = await provision(adminUrl, { database: name, passwords });
  await migrate(ownerUrl);
  const drop = async () => {
    await withClient(adminUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  };
  return { template: { name, passwords }, drop };
}
