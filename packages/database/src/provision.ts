import type pg from 'pg';
import { withClient } from './pg-client.ts';
import type { DatabaseUrls, ProvisionOptions } from './surface/connections.ts';

const roles = {
  owner: 'spikefit_owner',
  application: 'spikefit_application',
  notifier: 'spikefit_notifier',
} as const;

/** Any number, the same for all: only one provision at a time. */
const advisoryLock = 7_275_001;

/**
 * Creates or updates the three roles (none a superuser, none exempt from row-level security) and creates the database
 * for the owner. Idempotent; safe when several processes do it at once.
 * @param adminUrl may create roles and databases
 * @throws CodedError `service.unavailable`, `internal.error`
 */
export async function provision(adminUrl: string, options: ProvisionOptions): Promise<DatabaseUrls> {
  const database = options.database ?? 'spikefit';
  await withClient(adminUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLock]);
    try {
      for (const [kind, role] of Object.entries(roles)) {
        await createRole(client, role, options.passwords[kind as keyof typeof roles]);
      }
      await createDatabase(client, database);
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [advisoryLock]);
    }
  });
  const urlOf = (kind: keyof typeof roles): string => {
    const url = new URL(adminUrl);
    url.username = roles[kind];
    url.password = encodeURIComponent(options.passwords[kind]);
    url.pathname = `/${encodeURIComponent(database)}`;
    return url.toString();
  };
  return { ownerUrl: urlOf('owner'), applicationUrl: urlOf('application'), notifierUrl: urlOf('notifier') };
}

async function createRole(client: pg.Client, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
  // Neither SUPERUSER nor BYPASSRLS is spelled out: that needs a superuser, and a new role has neither.
  await client.query(
    `${verb} ROLE ${client.escapeIdentifier(role)} LOGIN PASSWORD ${client.escapeLiteral(password)}`,
  );
}

async function createDatabase(client: pg.Client, database: string): Promise<void> {
  const name = client.escapeIdentifier(database);
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database]);
  if (rowCount === 0) {
    // An administrator that is no superuser can give things away only to roles that it is a member of.
    await client.query(`GRANT ${roles.owner} TO CURRENT_USER`);
    await client.query(`CREATE DATABASE ${name} OWNER ${roles.owner} TEMPLATE template0 ENCODING 'UTF8'`);
  }
  await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
  await client.query(`GRANT CONNECT ON DATABASE ${name} TO ${Object.values(roles).join(', ')}`);
}
