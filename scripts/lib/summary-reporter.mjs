// A vitest reporter that says every skipped test aloud, with its reason, and writes the true counts to the file that
// SPIKEFIT_TEST_SUMMARY names.
import { writeFileSync } from 'node:fs';

export default class SummaryReporter {
  /**
   * @param {ReadonlyArray<import('vitest/node').TestModule>} modules
   * @param {ReadonlyArray<unknown>} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      let failedInside = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') counts.passed += 1;
        else if (state === 'skipped') {
          counts.skipped += 1;
          console.log(`skipped: ${module.relativeModuleId} › ${test.fullName}: ${reasonOf(test)}`);
        } else failedInside += 1;
      }
      // A file that cannot be loaded, or whose hooks fail, fails although none of its tests does.
      if (failedInside === 0 && module.state() === 'failed') failedInside = 1;
      counts.failed += failedInside;
    }
    const file = process.env.SPIKEFIT_TEST_SUMMARY;
    if (file) writeFileSync(file, JSON.stringify(counts));
  }
}

/** @param {import('vitest/node').TestCase} test */
function reasonOf(test) {
  const result = test.result();
  if (result.state === 'skipped' && result.note) return result.note;
  const inName = /SKIPPED: (.*)$/.exec(test.fullName)?.[1];
  if (inName) return inName;
  return test.options.mode === 'todo' ? 'to do' : 'no reason given';
}
