// `npm run test:faults`: the tests that kill, freeze and flush, many times over. See --help.
import { bootstrap } from './lib/bootstrap.mjs';
import { readOptions, wholeNumber } from './lib/options.mjs';
import { printFailure } from './lib/steps.mjs';
import { runTests, summaryLine } from './lib/test-run.mjs';

const help = `npm run test:faults [-- options]

Runs the tests that kill, freeze and flush while jobs run. When they strike follows from the seed.

  --rounds N  how often each strikes; default 20
  --seed S    default 1
  --help      this`;

const environment = readOptions({
  help,
  options: { rounds: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
  check: ({ rounds, seed }) => ({
    SPIKEFIT_FAULT_ROUNDS: String(wholeNumber('rounds', rounds, 1, 99_999)),
    SPIKEFIT_FAULT_SEED: String(wholeNumber('seed', seed, 0, 999_999_999)),
  }),
});

if (environment) {
  try {
    console.log('Setting up');
    await bootstrap();
    const counts = await runTests(['test/faults/'], environment);
    process.exitCode = counts.failed === 0 ? 0 : 1;
    console.log(summaryLine(counts));
  } catch (error) {
    printFailure(error);
    process.exitCode = 1;
  }
}
