// `npm test`: sets up what is missing, runs every check and every test, and ends with one plain line that is the true
// sum. `npm test -- <vitest filter>` runs the tests that the filter names, and no checks.
import { bootstrap } from './lib/bootstrap.mjs';
import { runChecks } from './lib/checks.mjs';
import { printFailure, step } from './lib/steps.mjs';
import { runTests, summaryLine } from './lib/test-run.mjs';

const filters = process.argv.slice(2);
const total = { passed: 0, failed: 0, skipped: 0 };

/** @param {Partial<typeof total>} counts */
function add(counts) {
  total.passed += counts.passed ?? 0;
  total.failed += counts.failed ?? 0;
  total.skipped += counts.skipped ?? 0;
}

try {
  console.log('Setting up');
  const { typeErrors } = await bootstrap({ tolerateTypeErrors: true });
  if (typeErrors) console.error(typeErrors);
  add(typeErrors ? { failed: 1 } : { passed: 1 });
  await step('S3 server', prepareS3);
  if (filters.length === 0) {
    console.log('Checks');
    add(await runChecks());
  }
  console.log('Tests');
  add(await runTests(filters));
} catch (error) {
  printFailure(error);
  add({ failed: 1 });
}

process.exitCode = total.failed === 0 ? 0 : 1;
console.log(summaryLine(total));

/**
 * Builds the S3 server into the cache where Go is, so that no test has to. Without it, the tests that need one skip.
 * @param {import('./lib/steps.mjs').StepReport} report
 */
async function prepareS3({ hint, note }) {
  hint('looking for versitygw; building it takes a minute or two');
  const { ensureVersitygw } = await import('@spikefit/local-services');
  const found = await ensureVersitygw();
  if ('unavailable' in found) note(found.unavailable);
}
