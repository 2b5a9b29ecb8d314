import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { runResults, workersOf } from './run-results.ts';

async function attempt(...args: string[]) {
  const printed: string[] = [];
  const errors: string[] = [];
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    errors.push(String(text));
    return true;
  });
  const open = vi.fn(() => Promise.reject(new Error('nothing is to be run')));
  const print = (line: string): void => {
    printed.push(line);
  };
  const code = await runResults(args, { root: '/nowhere', open, print });
  stderr.mockRestore();
  return { code, printed: printed.join('\n'), errors: errors.join(''), opened: open.mock.calls.length };
}

test('help lists every result and prepares nothing', async () => {
  const { code, printed, opened } = await attempt('--help');
  expect(code).toBe(0);
  for (const name of ['fashion-mnist', 'size', 'ablation', 'energy', 'fsc-validation', 'fsc-validation-csnn'])
    expect(printed).toContain(`  ${name} `);
  expect(opened).toBe(0);
});

test.each([
  [['no-such'], /there is no result "no-such"/],
  [['fsc-validation', '--threads', 'many'], /--threads takes a whole number/],
  [['size', '--jobs', '0'], /--jobs takes a whole number/],
  [['fsc-validation', '--report', '--fresh'], /choose one/],
  [['fsc-validation', '--no-such'], /no-such/],
])('%j is refused in a line', async (args, message) => {
  const { code, errors, opened } = await attempt(...args);
  expect(code).toBe(2);
  expect(errors).toMatch(message);
  expect(opened).toBe(0);
});

test('jobs side by side share the cores', () => {
  expect(workersOf(undefined, undefined, 2)).toEqual({ jobs: 2, threads: 1 });
  expect(workersOf(undefined, undefined, 16)).toEqual({ jobs: 4, threads: 4 });
  expect(workersOf(undefined, 2, 2)).toEqual({ jobs: 1, threads: 2 });
  expect(workersOf(undefined, 8, 2)).toEqual({ jobs: 1, threads: 8 });
  expect(workersOf(1, undefined, 6)).toEqual({ jobs: 1, threads: 6 });
  expect(workersOf(3, 1, 2)).toEqual({ jobs: 3, threads: 1 });
});

test('--report without a cell says so', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'spikefit-results-'));
  const { code, errors } = await attempt('fsc-validation', '--report', '--out', folder);
  expect(code).toBe(1);
  expect(errors).toContain('holds no cell of fsc-validation');
  await expect(readFile(path.join(folder, 'table.md'))).rejects.toThrow(/ENOENT/);
  await rm(folder, { recursive: true });
});
