// `npm run test:faults -- --rounds N`: the tests that kill, freeze and flush, each N times (20 unless told).
import { parseArgs } from 'node:util';
import { bootstrap } from './lib/bootstrap.mjs';
import { printFailure } from './lib/steps.mjs';
import { runTests, summaryLine } from './lib/test-run.mjs';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '20' } } });

if (!/^[1-9]\d{0,4}$/.test(values.rounds)) {
  console.error('--rounds takes a whole number from 1 to 99999');
  process.exitCode = 2;
} else {
  try {
    console.log('Setting up');
    await bootstrap();
    const counts = await runTests(['test/faults/'], { SPIKEFIT_FAULT_ROUNDS: values.rounds });
    process.exitCode = counts.failed === 0 ? 0 : 1;
    console.log(summaryLine(counts));
  } catch (error) {
    printFailure(error);
    process.exitCode = 1;
  }
}
