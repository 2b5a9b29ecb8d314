import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { inRoot } from './paths.mjs';
import { environmentFor } from './service-environment.mjs';

test('credentials of the user stay behind', () => {
  const environment = {
    PATH: '/bin',
    DATABASE_URL: 'postgresql://postgres:secret@db/postgres',
    REDIS_URL: 'redis://:secret@queue',
    AWS_SECRET_ACCESS_KEY: 'secret',
    SPIKEFIT_SECRET_KEY: 'secret',
    NPM_TOKEN: 'secret',
    SPIKEFIT_THREADS: '2',
    SPIKEFIT_ISA: '',
  };
  expect(environmentFor('worker', environment)).toEqual({ PATH: '/bin', SPIKEFIT_THREADS: '2' });
  expect(environmentFor('api', environment)).toEqual({ PATH: '/bin' });
});

test('every setting that a service reads is passed on, or is the deployment’s own', () => {
  const read = readFileSync(inRoot('packages', 'config', 'src', 'load-config.ts'), 'utf8');
  const names = [...new Set([...read.matchAll(/'(SPIKEFIT_[A-Z_]+)'/g)].map((match) => match[1] ?? ''))];
  const all = Object.fromEntries(names.map((name) => [name, 'x']));
  const services = /** @type {const} */ (['api', 'notifier', 'worker']);
  const passed = new Set(services.flatMap((service) => Object.keys(environmentFor(service, all))));
  const deployment = readFileSync(inRoot('scripts', 'lib', 'deployment.mjs'), 'utf8');
  const elsewhere = ['SPIKEFIT_OWNER_DATABASE_URL', 'SPIKEFIT_METRICS_PORT'];
  expect(names.length).toBeGreaterThan(15);
  expect(
    names.filter((name) => !passed.has(name) && !deployment.includes(name) && !elsewhere.includes(name)),
  ).toEqual([]);
  expect([...passed].filter((name) => name.startsWith('SPIKEFIT_') && !names.includes(name))).toEqual([]);
});
