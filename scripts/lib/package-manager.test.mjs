import { homedir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { npmCache, storeFlags } from './package-manager.mjs';

afterEach(() => {
  vi.unstubAllEnvs();
});

test('downloads are kept in our cache folder, unless the user has chosen another one', () => {
  vi.stubEnv('XDG_CACHE_HOME', '/cache');
  expect(npmCache({})).toBe('/cache/spikefit/npm');
  expect(npmCache({ npm_config_cache: path.join(homedir(), '.npm') })).toBe('/cache/spikefit/npm');
  expect(npmCache({ npm_config_cache: '/mine' })).toBe('/mine');
  expect(storeFlags('undefined\n')).toEqual([
    '--store-dir=/cache/spikefit/pnpm-store',
    '--cache-dir=/cache/spikefit/pnpm-cache',
    '--state-dir=/cache/spikefit/pnpm-state',
  ]);
  expect(storeFlags('/big/disk/store\n')).toEqual([]);
});
