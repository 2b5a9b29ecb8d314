import { CodedError } from '@spikefit/contracts';
import pg from 'pg';
import { toDatabaseError } from './database-error.ts';
import { withClient } from './pg-client.ts';
import { type RoleKind, roleKinds, rolesWithSuffix } from './roles.ts';
import type { DatabaseUrls, ProvisionOptions, UnprovisionOptions } from './surface/connections.ts';

/** Any number, the same for all: one provision at a time, as far as they come in through the same database. */
const advisoryLock = 7_275_001;

/**
 * Creates what is missing of the three roles (none a superuser, none exempt from row-level security) and of the
 * database, which belongs to the owner. Idempotent; safe when several processes do it at once. A role that exists may
 * be in use by others on the server: its password is changed only when that is asked for.
 * @param adminUrl may create roles and databases
 * @throws CodedError `config.invalid` when a role exists with another password, `service.unavailable`,
 *   `internal.error`
 */
export async function provision(adminUrl: string, options: ProvisionOptions): Promise<DatabaseUrls> {
  const { database = 'spikefit', passwords, roleSuffix = '', resetPasswords = false } = options;
  const roles = rolesWithSuffix(roleSuffix);
  const urlOf = (kind: RoleKind): string => {
    const url = new URL(adminUrl);
    url.username = roles[kind];
    url.password = encodeURIComponent(passwords[kind]);
    url.pathname = `/${encodeURIComponent(database)}`;
    return url.toString();
  };
  await withClient(adminUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [advisoryLock]);
    try {
      for (const kind of roleKinds) {
        if (await createRole(client, roles[kind], passwords[kind])) continue;
        if (resetPasswords) await setPassword(client, roles[kind], passwords[kind]);
        else await requirePassword(urlOf(kind), roles[kind]);
      }
      await createDatabase(client, database, roles);
    } finally {
      await client.query('SELECT pg_advisory_unlock($1)', [advisoryLock]);
    }
  });
  return { ownerUrl: urlOf('owner'), applicationUrl: urlOf('application'), notifierUrl: urlOf('notifier') };
}

/** Drops a database of one's own with its connections, and the roles that were made for it alone. */
export async function unprovision(adminUrl: string, options: UnprovisionOptions): Promise<void> {
  const roles = rolesWithSuffix(options.roleSuffix);
  await withClient(adminUrl, async (client) => {
    const database = client.escapeIdentifier(options.database);
    await client.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    if (options.roleSuffix === '') return;
    for (const kind of roleKinds) await client.query(`DROP ROLE IF EXISTS ${roles[kind]}`);
  });
}

/** @returns false when it exists */
async function createRole(client: pg.Client, role: string, password: string): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  if (rowCount !== 0) return false;
  try {
    // Neither SUPERUSER nor BYPASSRLS is spelled out: that needs a superuser, and a new role has neither.
    await client.query(`CREATE ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
    return true;
  } catch (error) {
    // Somebody who came in through another database was quicker.
    if (['42710', '23505'].includes(sqlState(error))) return false;
    throw error;
  }
}

async function setPassword(client: pg.Client, role: string, password: string): Promise<void> {
  await client.query(`ALTER ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
}

/** Postgres does not show passwords; whether one is right shows when one comes in with it. */
async function requirePassword(url: string, role: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {});
  try {
    await client.connect();
  } catch (error) {
    const state = sqlState(error);
    // The database is not there yet, or not yet open to the role: that is found out after the password.
    if (state === '3D000' || state === '42501') return;
    if (!state.startsWith('28')) throw toDatabaseError(error);
    throw new CodedError(
      'config.invalid',
      `the role ${role} exists on this server, perhaps for another database, and its password is not the given one: ` +
        'give its password, or a suffix for roles of your own, or say that passwords are to be reset',
      { cause: error },
    );
  } finally {
    await client.end().catch(() => {});
  }
}

async function createDatabase(
  client: pg.Client,
  database: string,
  roles: Record<RoleKind, string>,
): Promise<void> {
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

function sqlState(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
