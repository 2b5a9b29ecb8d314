import { execFile } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { inRoot } from './paths.mjs';

/** @param {string} script @param {...string} args @returns {Promise<{ code: number, stdout: string, stderr: string }>} */
function call(script, ...args) {
  return new Promise((resolve) => {
    execFile(process.execPath, [inRoot('scripts', script), ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

describe('a mistake is told in one line, before anything is set up', () => {
  test.each([
    ['start.mjs', ['--port', '65536'], /^--port takes a whole number from 1 to 65535, not "65536"/],
    ['start.mjs', ['--port=-5'], /^--port takes/],
    ['start.mjs', ['--prot', '1'], /^Unknown option '--prot' \(-- --help/],
    ['start.mjs', ['--data'], /^Option '--data <value>' argument missing/],
    ['demo.mjs', ['--json', '/no/such/folder/report.json'], /^--json: there is no folder \/no\/such\/folder/],
    ['demo.mjs', ['fast'], /^Unexpected argument 'fast'/],
    ['test-faults.mjs', ['--rounds', '0'], /^--rounds takes a whole number from 1 to 99999/],
    ['test-faults.mjs', ['--seed', '1e3'], /^--seed takes a whole number from 0/],
  ])('%s %j', async (script, args, message) => {
    const { code, stdout, stderr } = await call(script, ...args);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });
});

test.each(['start.mjs', 'demo.mjs', 'test-faults.mjs'])('%s --help explains every option', async (script) => {
  const { code, stdout } = await call(script, '--help');
  expect(code).toBe(0);
  expect(stdout).toMatch(/^npm (start|run [a-z:]+) \[-- options\]/);
  expect(stdout).toMatch(/\n {2}--\w/);
});
