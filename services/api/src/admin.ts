#!/usr/bin/env node
/**
 * `spikefit-admin`: what comes before there is a key to ask the API with. Works on the database directly, as its owner
 * (SPIKEFIT_OWNER_DATABASE_URL, SPIKEFIT_SECRET_KEY); `prepare` makes the owner and works as an administrator of the
 * server. Each command prints one JSON object on standard output.
 */
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { encryptSecret, loadConfig } from '@spikefit/config';
import { CodedError, type Scope, scopes, toCodedError } from '@spikefit/contracts';
import { connectOwner, isId, migrate, type OwnerDatabase, provision } from '@spikefit/database';

const usage = `spikefit-admin <command>

  prepare                                  make what is missing: roles, database, tables
             [--reset-passwords]           also where roles exist with other passwords
             Reads SPIKEFIT_ADMIN_DATABASE_URL (or DATABASE_URL) of a role that may create roles and databases,
             SPIKEFIT_OWNER_PASSWORD, SPIKEFIT_APPLICATION_PASSWORD, SPIKEFIT_NOTIFIER_PASSWORD,
             SPIKEFIT_DATABASE (spikefit), SPIKEFIT_ROLE_SUFFIX (none). Run again, it changes nothing.

Those below read SPIKEFIT_OWNER_DATABASE_URL and SPIKEFIT_SECRET_KEY.

  migrate                                  apply the migrations that are missing
  create-tenant --name NAME                make a tenant; prints its webhook secret, once
  list-tenants
  create-key --tenant ten_… --name NAME    make an API key; prints it, once
             [--scopes jobs:read,…]        default: all
             [--expires-at 2027-01-01T00:00:00Z]
  rotate-webhook-secret --tenant ten_…     make a new webhook secret; prints it, once
             [--overlap-hours 24]          how long the old one goes on signing beside it
`;

interface Options {
  readonly name?: string | undefined;
  readonly tenant?: string | undefined;
  readonly scopes?: string | undefined;
  readonly 'expires-at'?: string | undefined;
  readonly 'overlap-hours'?: string | undefined;
  readonly 'reset-passwords'?: boolean | undefined;
}

/** A command line that cannot be meant. */
const misuse = (detail: string) => new CodedError('request.invalid', detail);

const commands: Record<string, (options: Options) => Promise<unknown>> = {
  prepare: async ({ 'reset-passwords': resetPasswords = false }) => {
    const { adminDatabaseUrl, database, roleSuffix, passwords } = loadConfig('prepare');
    const { ownerUrl } = await provision(adminDatabaseUrl, {
      database,
      roleSuffix,
      passwords,
      resetPasswords,
    });
    return { database, ...(await migrate(ownerUrl)) };
  },

  migrate: () => migrate(loadConfig('admin').ownerDatabaseUrl),

  'create-tenant': async ({ name }) => {
    const webhookSecret = newWebhookSecret();
    const tenant = await withDatabase(async (database, secretKey) =>
      database.createTenant({
        name: required('--name', name),
        encryptedWebhookSecret: encryptSecret(webhookSecret, secretKey),
      }),
    );
    return { tenant, webhookSecret };
  },

  'list-tenants': async () => ({ data: await withDatabase((database) => database.listTenants()) }),

  'create-key': ({ tenant, name, scopes: list, 'expires-at': expiresAt }) =>
    withDatabase(async (database) => {
      const tenantId = required('--tenant', tenant);
      const known =
        isId('tenant', tenantId) && (await database.listTenants()).some(({ id }) => id === tenantId);
      if (!known) throw misuse(`--tenant: there is no ${tenantId}`);
      return database.createApiKey({
        tenantId,
        name: required('--name', name),
        scopes: list === undefined ? scopes : list.split(',').map(scope),
        expiresAt: expiresAt === undefined ? null : time(expiresAt),
      });
    }),

  'rotate-webhook-secret': ({ tenant, 'overlap-hours': overlap = '24' }) =>
    withDatabase(async (database, secretKey) => {
      const tenantId = required('--tenant', tenant);
      const webhookSecret = newWebhookSecret();
      const overlapHours = hours('--overlap-hours', overlap);
      const isDone = await database.rotateWebhookSecret({
        tenantId,
        encryptedWebhookSecret: encryptSecret(webhookSecret, secretKey),
        overlapSeconds: overlapHours * 3600,
      });
      if (!isDone) throw misuse(`--tenant: there is no ${tenantId}`);
      return { tenantId, webhookSecret, overlapHours };
    }),
};

const newWebhookSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

async function withDatabase<T>(
  work: (database: OwnerDatabase, secretKey: Uint8Array) => Promise<T>,
): Promise<T> {
  const { ownerDatabaseUrl, secretKey } = loadConfig('admin');
  await using database = connectOwner({ url: ownerDatabaseUrl, applicationName: 'spikefit-admin' });
  return await work(database, secretKey);
}

function required(option: string, value: string | undefined): string {
  if (value === undefined || value.trim() === '') throw misuse(`${option} is missing`);
  return value;
}

function scope(text: string): Scope {
  const found = scopes.find((candidate) => candidate === text.trim());
  if (found === undefined) throw misuse(`--scopes: "${text}" is none of ${scopes.join(', ')}`);
  return found;
}

function time(text: string): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) throw misuse(`--expires-at: "${text}" is not a time`);
  return date.toISOString();
}

function hours(option: string, text: string): number {
  const value = /^\d{1,4}(\.\d{1,4})?$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw misuse(`${option}: "${text}" is no number of hours from 0 to 9999`);
  return value;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      name: { type: 'string' },
      tenant: { type: 'string' },
      scopes: { type: 'string' },
      'expires-at': { type: 'string' },
      'overlap-hours': { type: 'string' },
      'reset-passwords': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [command = '', ...more] = positionals;
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
  if (run === undefined || more.length > 0) throw misuse(`there is no such command\n\n${usage}`);
  process.stdout.write(`${JSON.stringify(await run(values), null, 2)}\n`);
}

main().catch((error: unknown) => {
  const isMisuse =
    error instanceof TypeError || (error instanceof CodedError && error.code === 'request.invalid');
  const { code, detail } = toCodedError(error);
  process.stderr.write(`spikefit-admin: ${isMisuse ? '' : `${code}: `}${detail}\n`);
  process.exitCode = isMisuse ? 2 : 1;
});
