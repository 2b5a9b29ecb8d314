/** The case table's third mode is complete and runs; `scripts/perf.mjs` measures it. */
import { afterAll, expect, it } from 'vitest';
import { loadNativeAddon, nativeAddonStatus } from '../src/addon/load-addon.ts';
import { allSpeedCases } from './cases/speed/all-speed-cases.ts';

const addon = loadNativeAddon();
const status = nativeAddonStatus();
const best = status.available ? status.instructionSets[0]! : 'baseline';
afterAll(() => addon.configure(best, 2));

it('has a row for every kernel of the addon', () => {
  const kernels = ['packSpikes', ...Object.keys(addon.deferred)];
  expect([...new Set(allSpeedCases.map(({ kernel }) => kernel as string))].sort()).toEqual(kernels.sort());
});

// The addon refuses arrays that do not fit the dimensions. One row a kernel: preparing the largest takes a while.
const lastOfEach = [...new Map(allSpeedCases.map((row) => [row.kernel, row])).values()];
it.each(lastOfEach)('$title runs', ({ prepare }) => {
  addon.configure(best, 2);
  prepare(addon)();
});
