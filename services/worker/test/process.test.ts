/** The worker as a process: what it says when it cannot start, which backend it takes, how it ends. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@spikefit/config';
import { systemClock } from '@spikefit/contracts';
import { createLogger } from '@spikefit/telemetry';
import { spawnService, throwAwayDatabase, throwAwayRedis } from '@spikefit/testkit';
import { nativeAddonStatus } from '@spikefit/tfjs-native';
import { describe, expect, it } from 'vitest';
import { probeCompute } from '../src/probe.ts';

const entry = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const trainerPath = fileURLToPath(new URL('../dist/trainer.js', import.meta.url));
const complete = {
  DATABASE_URL: 'postgres://spikefit_application:x@127.0.0.1:1/none',
  REDIS_URL: 'redis://127.0.0.1:1',
  SPIKEFIT_OBJECT_STORE: 'file:/tmp/none',
};

async function runToEnd(
  environment: Record<string, string>,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [entry], { env: { HOME: homedir(), ...environment } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output };
}

describe('worker process', () => {
  it('lists every problem of its configuration and ends', async () => {
    const { code, output } = await runToEnd({ SPIKEFIT_THREADS: '0', SPIKEFIT_BACKEND: 'gpu' });
    expect(code).toBe(1);
    for (const name of [
      'DATABASE_URL',
      'REDIS_URL',
      'SPIKEFIT_OBJECT_STORE',
      'SPIKEFIT_THREADS',
      'SPIKEFIT_BACKEND',
    ]) {
      expect(output).toContain(name);
    }
    expect(output).toContain('config.invalid');
  });

  it('starts, tells its backend, and stops when asked to', async () => {
    await using database = await throwAwayDatabase();
    await using redis = await throwAwayRedis();
    const folder = await mkdtemp(path.join(tmpdir(), 'spikefit-process-test-'));
    const lines: string[] = [];
    const worker = await spawnService({
      name: 'worker',
      entry,
      env: {
        DATABASE_URL: database.applicationUrl,
        REDIS_URL: redis.url,
        SPIKEFIT_QUEUE_PREFIX: redis.prefix,
        SPIKEFIT_OBJECT_STORE: `file:${folder}`,
        SPIKEFIT_SCRATCH: path.join(folder, 'scratch'),
        SPIKEFIT_BACKEND: 'cpu',
      },
      readyWhen: { line: /worker is ready/ },
      onLine: (line) => lines.push(line),
    });
    expect(lines.find((line) => line.includes('compute backend chosen'))).toContain('"backend":"cpu"');
    worker.signal('SIGTERM');
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    await rm(folder, { recursive: true, force: true });
  });
});

describe('probeCompute', () => {
  const logger = createLogger({ service: 'test', level: 'silent' });
  const probe = (changes: Record<string, string>, trainer = trainerPath) =>
    probeCompute({
      config: loadConfig('worker', { ...complete, ...changes }),
      clock: systemClock,
      logger,
      trainerPath: trainer,
    });

  it('takes native where its addon loads', async () => {
    const native = nativeAddonStatus().available;
    const compute = await probe({ SPIKEFIT_THREADS: '2' });
    expect(compute).toMatchObject({ backend: native ? 'native' : 'cpu', threads: 2 });
    expect(compute.pin).toMatchObject({ backend: compute.backend, precision: 'fp32' });
  });

  it('takes the instruction set that is asked for', async (context) => {
    if (!nativeAddonStatus().available) context.skip('the native addon is not built');
    const { pin } = await probe({ SPIKEFIT_BACKEND: 'native', SPIKEFIT_ISA: 'baseline' });
    expect(pin.isa).toBe('baseline');
  });

  it('passes on why a backend cannot be had', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'spikefit-process-test-'));
    const refusing = path.join(folder, 'refusing.mjs');
    await writeFile(
      refusing,
      `process.send({ type: 'failed', code: 'backend.unavailable', detail: 'SPIKEFIT_BACKEND=native: not built' }, () => process.exit(0));`,
    );
    await expect(probe({ SPIKEFIT_BACKEND: 'native' }, refusing)).rejects.toMatchObject({
      code: 'backend.unavailable',
      detail: expect.stringContaining('SPIKEFIT_BACKEND=native'),
    });
    await writeFile(refusing, `process.stderr.write('libstdc++ is missing'); process.exit(127);`);
    await expect(probe({}, refusing)).rejects.toMatchObject({
      code: 'backend.unavailable',
      detail: expect.stringContaining('libstdc++ is missing'),
    });
    await rm(folder, { recursive: true, force: true });
  });
});
