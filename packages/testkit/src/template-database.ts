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
  /** Of its roles, which its clones share: the server may be one that others use too. */
  readonly roleSuffix: string;
}

/** Migrates a fresh database that test databases are cloned from, which is much quicker than migrating each. */
export async function makeTemplate(
  adminUrl: string,
): Promise<{ template: Template; drop: () => Promise<void> }> {
  const { migrate, provision, unprovision } = await import('@spikefit/database');
  const roleSuffix = `_${randomBytes(6).toString('hex')}`;
  const name = `spikefit_template${roleSuffix}`;
  const password = () => randomBytes(16).toString('hex');
  const passwords = { owner: password(), application: password(), notifier: password() };
  const { ownerUrl } = await provision(adminUrl, { database: name, passwords, roleSuffix });
  await migrate(ownerUrl);
  const drop = () => unprovision(adminUrl, { database: name, roleSuffix });
  return { template: { name, passwords, roleSuffix }, drop };
}
