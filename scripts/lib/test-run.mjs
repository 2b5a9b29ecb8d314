// One run of vitest, and its true counts.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inRoot } from './paths.mjs';
import { run } from './run.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * @param {string[]} filters as vitest takes them @param {Record<string, string>} [environment]
 * @returns {Promise<Counts>}
 */
export async function runTests(filters, environment = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'spikefit-summary-'));
  const summary = path.join(folder, 'summary.json');
  try {
    const { code } = await run(
      process.execPath,
      [
        inRoot('node_modules', 'vitest', 'vitest.mjs'),
        'run',
        '--reporter=default',
        `--reporter=${inRoot('scripts', 'lib', 'summary-reporter.mjs')}`,
        ...filters,
      ],
      {
        env: {
          ...process.env,
          ...environment,
          SPIKEFIT_TEST_SUMMARY: summary,
          ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}),
        },
        passThrough: true,
      },
    );
    const counts = readSummary(summary);
    // Whatever else ended it badly, such as a crash or a filter that names nothing, counts as one failure.
    if (code !== 0 && counts.failed === 0) counts.failed = 1;
    return counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} file @returns {Counts} */
function readSummary(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 0, skipped: 0 };
  }
}

/** The one plain line that a test command ends with. @param {Counts} counts */
export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
