// `npm start` as a person uses it: started, stopped by Ctrl-C, started again.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findFreePort } from '@spikefit/local-services';
import { until } from '@spikefit/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiClient } from './lib/api-client.mjs';
import { inRoot } from './lib/paths.mjs';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'spikefit-start-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('Ctrl-C ends npm start in good order; the next start goes on, and shows no key again', {
  timeout: 120_000,
}, async () => {
  const first = await startService({ npm: true });
  await until(() => first.output().includes('Ctrl-C stops.'), { timeoutMs: 60_000 });
  const [key] = /sk_[\w-]+/.exec(first.output()) ?? [];
  expect(await apiClient({ url: first.url, key: String(key) }).get('/v1/jobs')).toMatchObject({ data: [] });
  first.interrupt();
  expect(await first.exitCode).toBe(0);
  expect(first.output()).toContain('Stopped. What it knows is kept in');
  expect(processesOf(folder)).toEqual([]);

  const second = await startService();
  await until(() => second.output().includes('Ctrl-C stops.'), { timeoutMs: 60_000 });
  expect(second.output()).not.toContain('sk_');
  expect(await apiClient({ url: second.url, key: String(key) }).get('/v1/jobs')).toMatchObject({ data: [] });
  // Who insists does not wait for the end of anything, and still leaves nothing running.
  second.interrupt();
  await until(() => second.output().includes('once more to insist'));
  second.interrupt();
  expect([0, 130]).toContain(await second.exitCode);
  await until(() => processesOf(folder).length === 0, { timeoutMs: 30_000 });
});

test('Ctrl-C while it starts: exit 130, nothing runs, and the next is as the first; SIGTERM ends it as well', {
  timeout: 120_000,
}, async () => {
  const first = await startService();
  await until(() => first.output().includes('Postgres and Redis'), { timeoutMs: 60_000 });
  first.interrupt();
  expect(await first.exitCode).toBe(130);
  expect(processesOf(folder)).toEqual([]);

  const second = await startService({ npm: true });
  await until(() => second.output().includes('Ctrl-C stops.'), { timeoutMs: 60_000 });
  expect(second.output()).toMatch(/admin key +sk_/);
  second.terminate();
  expect(await second.exitCode).toBe(0);
  expect(second.output()).toContain('Stopped. What it knows is kept in');
  expect(processesOf(folder)).toEqual([]);
});

/** @param {{ npm?: boolean }} [how] through `npm start`, or the script itself */
async function startService({ npm = false } = {}) {
  const port = await findFreePort();
  const own = ['--data', folder, '--port', String(port)];
  const [command, ...args] = npm
    ? ['npm', 'start', '--', ...own]
    : [process.execPath, inRoot('scripts', 'start.mjs'), ...own];
  const child = spawn(String(command), args, { cwd: inRoot(), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  return {
    url: `http://127.0.0.1:${port}`,
    output: () => output,
    interrupt: () => child.kill('SIGINT'),
    terminate: () => child.kill('SIGTERM'),
    exitCode: new Promise((resolve) => child.on('close', resolve)),
  };
}

/** Ids of the processes that were told of a folder, by argument or environment. @param {string} name */
function processesOf(name) {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return ['cmdline', 'environ'].some((file) =>
        readFileSync(`/proc/${pid}/${file}`, 'utf8').includes(name),
      );
    } catch {
      return false;
    }
  });
}
