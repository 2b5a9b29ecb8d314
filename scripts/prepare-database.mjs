// Roles, database and migrations, where they are missing: the step before the first start on a cluster. Reads
// SPIKEFIT_ADMIN_DATABASE_URL (may create roles and databases), SPIKEFIT_DATABASE (default spikefit) and the passwords
// of the three roles: SPIKEFIT_OWNER_PASSWORD, SPIKEFIT_APPLICATION_PASSWORD, SPIKEFIT_NOTIFIER_PASSWORD.
import { prepareDatabase } from './lib/administration.mjs';

/** @param {string} name */
function variable(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

try {
  await prepareDatabase({
    adminUrl: variable('SPIKEFIT_ADMIN_DATABASE_URL'),
    database: process.env.SPIKEFIT_DATABASE || 'spikefit',
    passwords: {
      owner: variable('SPIKEFIT_OWNER_PASSWORD'),
      application: variable('SPIKEFIT_APPLICATION_PASSWORD'),
      notifier: variable('SPIKEFIT_NOTIFIER_PASSWORD'),
    },
    onApplied: (migration) => console.log(`applied ${migration}`),
  });
  console.log('the database is ready');
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
