// Administration: database roles and migrations, tenants and keys. `node scripts/admin.mjs help` lists the commands.
import { parseArgs } from 'node:util';
import { createKey, createTenant, listTenants, prepareDatabase } from './lib/administration.mjs';

const help = `node scripts/admin.mjs <command>

  prepare                     roles, database and migrations, where they are missing
                              SPIKEFIT_ADMIN_DATABASE_URL (superuser), SPIKEFIT_OWNER_DATABASE_URL (names the
                              database), SPIKEFIT_OWNER_PASSWORD, SPIKEFIT_APPLICATION_PASSWORD,
                              SPIKEFIT_NOTIFIER_PASSWORD
  create-tenant <name>        prints its first key and its webhook secret, once
  create-key <tenant> <name>  [--scopes jobs:read,jobs:write] [--expires 2027-01-01T00:00:00Z]; prints the key, once
  list-tenants
                              SPIKEFIT_OWNER_DATABASE_URL, SPIKEFIT_SECRET_KEY
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { scopes: { type: 'string' }, expires: { type: 'string' } },
});
const [command = 'help', ...operands] = positionals;

/** @param {string} name */
function variable(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

/** @param {number} index @param {string} what */
function operand(index, what) {
  const value = operands[index];
  if (!value) throw new Error(`${command} needs a ${what}; see node scripts/admin.mjs help`);
  return value;
}

/** @type {Record<string, () => Promise<void>>} */
const commands = {
  help: async () => console.log(help),
  prepare: async () => {
    const ownerUrl = new URL(variable('SPIKEFIT_OWNER_DATABASE_URL'));
    await prepareDatabase({
      adminUrl: variable('SPIKEFIT_ADMIN_DATABASE_URL'),
      database: ownerUrl.pathname.slice(1),
      passwords: {
        owner: variable('SPIKEFIT_OWNER_PASSWORD'),
        application: variable('SPIKEFIT_APPLICATION_PASSWORD'),
        notifier: variable('SPIKEFIT_NOTIFIER_PASSWORD'),
      },
      onApplied: (migration) => console.log(`applied ${migration}`),
    });
    console.log('the database is ready');
  },
  'create-tenant': async () => {
    const created = await createTenant({
      ownerUrl: variable('SPIKEFIT_OWNER_DATABASE_URL'),
      secretKey: Buffer.from(variable('SPIKEFIT_SECRET_KEY'), 'base64'),
      name: operand(0, 'name'),
    });
    console.log(`tenant          ${created.tenant.id}`);
    console.log(`API key         ${created.key}`);
    console.log(`webhook secret  ${created.webhookSecret}`);
    console.log('Keep both: they are not shown again.');
  },
  'create-key': async () => {
    const key = await createKey({
      ownerUrl: variable('SPIKEFIT_OWNER_DATABASE_URL'),
      tenantId: operand(0, 'tenant'),
      name: operand(1, 'name'),
      ...(values.scopes ? { scopes: values.scopes.split(',') } : {}),
      expiresAt: values.expires ?? null,
    });
    console.log(key);
  },
  'list-tenants': async () => {
    for (const tenant of await listTenants(variable('SPIKEFIT_OWNER_DATABASE_URL'))) {
      console.log(`${tenant.id}  ${tenant.createdAt}  ${tenant.name}`);
    }
  },
};

try {
  const run = commands[command];
  if (!run) throw new Error(`there is no command ${command}; see node scripts/admin.mjs help`);
  await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
