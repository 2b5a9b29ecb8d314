// `npm run test:faults -- --rounds N [--seed N]`: the kill tests, N rounds each instead of the three in `npm test`.
// The moments of the kills follow from the seed, so that a run can be repeated.
import { parseArgs } from 'node:util';
import { inRoot, root } from './lib/paths.mjs';
import { run } from './lib/run.mjs';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
});
for (const name of /** @type {const} */ (['rounds', 'seed'])) {
  if (!/^[1-9]\d{0,5}$/.test(values[name])) {
    console.error(`--${name} must be a whole number from 1 to 999999, but is "${values[name]}"`);
    process.exit(2);
  }
}

const { code } = await run(process.execPath, [inRoot('scripts', 'test.mjs'), 'services/worker/test/faults'], {
  cwd: root,
  env: { ...process.env, SPIKEFIT_FAULT_ROUNDS: values.rounds, SPIKEFIT_FAULT_SEED: values.seed },
  passThrough: true,
});
process.exitCode = code;
