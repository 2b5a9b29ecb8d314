import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

interface JsonReport {
  testResults: { assertionResults: { title: string; status: string; failureMessages: string[] }[] }[];
}

test('a test that leaves something open fails and says what; one that does not passes', async () => {
  const report = await runFixture('packages/testkit/test/fixtures/leaks.fixture.ts');
  const results = Object.fromEntries(
    report.testResults
      .flatMap((file) => file.assertionResults)
      .map((result) => [
        result.title,
        `${result.status} ${result.failureMessages.join(' ').split('\n')[0]}`.trim(),
      ]),
  );
  expect(results).toEqual({
    'a disposable': expect.stringMatching(/^failed .*the test left open: the lease of job 7$/),
    'a tensor': expect.stringMatching(/^failed .*the test left open: 3 tensors/),
    'a child process': expect.stringMatching(/^failed .*the test left open: 1 child processes$/),
    'a listening socket': expect.stringMatching(/^failed .*the test left open: 1 listening sockets$/),
    nothing: 'passed',
  });
});

function runFixture(file: string): Promise<JsonReport> {
  const args = [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--config',
    'packages/testkit/test/fixtures/vitest.config.ts',
  ];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...args, '--reporter=json', file], { cwd: root }, (error, stdout, stderr) => {
      // It ends with 1, because tests fail; what it printed decides.
      try {
        resolve(JSON.parse(stdout.slice(stdout.indexOf('{'))) as JsonReport);
      } catch (cause) {
        reject(new Error(`no report from vitest: ${stderr}`, { cause: error ?? cause }));
      }
    });
  });
}
