import { readFileSync } from 'node:fs';
import { loadConfig } from '@spikefit/config';
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

test.each(/** @type {const} */ (['api', 'notifier', 'worker']))(
  'every setting of %s is passed on, or is the deployment’s own',
  (service) => {
    const read = settingsReadBy(service);
    expect(read.length).toBeGreaterThan(5);
    const passed = Object.keys(environmentFor(service, Object.fromEntries(read.map((name) => [name, 'x']))));
    const deployment = readFileSync(inRoot('scripts', 'lib', 'deployment.mjs'), 'utf8');
    // On one machine the three would want the same port.
    const left = ['SPIKEFIT_METRICS_PORT'];
    expect(
      read.filter((name) => !passed.includes(name) && !deployment.includes(name) && !left.includes(name)),
    ).toEqual([]);
    const all = new Proxy({}, { get: () => 'x' });
    const known = Object.keys(environmentFor(service, all)).filter((name) => name.startsWith('SPIKEFIT_'));
    expect(known.filter((name) => !read.includes(name))).toEqual([]);
  },
);

/** @param {'api' | 'notifier' | 'worker'} service */
function settingsReadBy(service) {
  /** @type {Set<string>} */
  const names = new Set();
  const environment = new Proxy({}, { get: (_, name) => void names.add(String(name)) });
  expect(() => loadConfig(service, environment)).toThrow();
  return [...names].filter((name) => name.startsWith('SPIKEFIT_'));
}
