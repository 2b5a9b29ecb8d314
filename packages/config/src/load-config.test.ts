import { readFile } from 'node:fs/promises';
import { CodedError } from '@spikefit/contracts';
import { describe, expect, it } from 'vitest';
import type { Environment } from './environment-reader.ts';
import { loadConfig } from './load-config.ts';

const secretKey = Buffer.alloc(32, 7).toString('base64');
const complete: Environment = {
  DATABASE_URL: 'postgres://application:password@127.0.0.1:5432/spikefit',
  SPIKEFIT_NOTIFIER_DATABASE_URL: 'postgresql://notifier:password@127.0.0.1:5432/spikefit',
  SPIKEFIT_OWNER_DATABASE_URL: 'postgresql://owner:password@127.0.0.1:5432/spikefit',
  REDIS_URL: 'redis://127.0.0.1:6379',
  SPIKEFIT_OBJECT_STORE: 'file:/var/lib/spikefit',
  SPIKEFIT_SECRET_KEY: secretKey,
};

function problems(run: () => unknown): CodedError {
  try {
    run();
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('loadConfig', () => {
  it('gives documented defaults', () => {
    const worker = loadConfig('worker', complete);
    expect(worker).toMatchObject({
      service: 'worker',
      leaseSeconds: 30,
      heartbeatSeconds: 5,
      checkpointSeconds: 60,
      sharesPretraining: true,
      compute: { backend: 'auto', device: 'auto', isa: null },
      objectStore: { url: 'file:/var/lib/spikefit', credentials: null },
      log: { level: 'info' },
      metricsPort: null,
    });
    expect(worker.compute.threads).toBeGreaterThanOrEqual(1);
    expect(loadConfig('notifier', complete)).toMatchObject({
      databaseUrl: complete.SPIKEFIT_NOTIFIER_DATABASE_URL,
      reconcileSeconds: 5,
      webhooks: { allowPrivateAddresses: false, allowHttp: false },
    });
    const api = loadConfig('api', complete);
    expect(api.publicUrl).toBe('http://127.0.0.1:8080');
    expect(api.secretKey).toHaveLength(32);
    expect(loadConfig('admin', complete).ownerDatabaseUrl).toBe(complete.SPIKEFIT_OWNER_DATABASE_URL);
  });

  it('is frozen to the ground', () => {
    const worker = loadConfig('worker', complete);
    expect(() => {
      (worker.compute as { threads: number }).threads = 3;
    }).toThrow(TypeError);
  });

  it('reports every problem at once, each with its variable', () => {
    const error = problems(() =>
      loadConfig('worker', {
        DATABASE_URL: 'mysql://root:hunter2@localhost/x',
        SPIKEFIT_OBJECT_STORE: 'ftp://x',
        SPIKEFIT_BACKEND: 'gpu',
        SPIKEFIT_DEVICE: 'tpu',
        SPIKEFIT_THREADS: '0',
        SPIKEFIT_ISA: 'sse',
        SPIKEFIT_LEASE_SECONDS: '10',
        SPIKEFIT_HEARTBEAT_SECONDS: '5',
        SPIKEFIT_LOG_LEVEL: 'loud',
        AWS_ACCESS_KEY_ID: 'only-half',
      }),
    );
    expect(error.code).toBe('config.invalid');
    expect(error.errors.map((one) => one.pointer).sort()).toEqual([
      'AWS_SECRET_ACCESS_KEY',
      'DATABASE_URL',
      'REDIS_URL',
      'SPIKEFIT_BACKEND',
      'SPIKEFIT_DEVICE',
      'SPIKEFIT_HEARTBEAT_SECONDS',
      'SPIKEFIT_ISA',
      'SPIKEFIT_LOG_LEVEL',
      'SPIKEFIT_OBJECT_STORE',
      'SPIKEFIT_THREADS',
    ]);
    expect(error.message).not.toContain('hunter2');
  });

  it.each(['', '1.5', '1e9', 'two', '-1', '0', '257', '10000'])('judges SPIKEFIT_THREADS=%j', (value) => {
    const load = () => loadConfig('worker', { ...complete, SPIKEFIT_THREADS: value });
    if (value === '') expect(load().compute.threads).toBeGreaterThanOrEqual(1);
    else expect(problems(load).errors).toHaveLength(1);
  });

  it('refuses a GPU for a backend that has none', () => {
    const load = (backend: string) =>
      loadConfig('worker', { ...complete, SPIKEFIT_BACKEND: backend, SPIKEFIT_DEVICE: 'gpu' });
    for (const backend of ['auto', 'native', 'cpu']) {
      const { errors } = problems(() => load(backend));
      expect(errors).toMatchObject([{ pointer: 'SPIKEFIT_DEVICE' }]);
      expect(JSON.stringify(errors)).toContain(`the backend ${backend} computes on the CPU`);
    }
    expect(load('tensorflow').compute.device).toBe('gpu');
  });

  it('refuses an instruction set for a backend that has none of ours', () => {
    const load = (backend: string) =>
      loadConfig('worker', { ...complete, SPIKEFIT_BACKEND: backend, SPIKEFIT_ISA: 'avx2' });
    for (const backend of ['cpu', 'tensorflow', 'webgpu'])
      expect(problems(() => load(backend)).errors).toMatchObject([{ pointer: 'SPIKEFIT_ISA' }]);
    for (const backend of ['auto', 'native']) expect(load(backend).compute.isa).toBe('avx2');
  });

  it('tells TensorFlow in the environment of trainers, and only there, how to compute', () => {
    const environmentOf = (more: Record<string, string>) =>
      loadConfig('worker', { ...complete, SPIKEFIT_THREADS: '3', ...more }).trainerEnvironment;
    const tensorflow = environmentOf({ SPIKEFIT_BACKEND: 'tensorflow', CUDA_VISIBLE_DEVICES: '1' });
    expect(tensorflow).toMatchObject({ TF_NUM_INTRAOP_THREADS: '3', CUDA_VISIBLE_DEVICES: '1' });
    const onCpu = environmentOf({
      SPIKEFIT_BACKEND: 'tensorflow',
      SPIKEFIT_DEVICE: 'cpu',
      CUDA_VISIBLE_DEVICES: '1',
    });
    expect(onCpu.CUDA_VISIBLE_DEVICES).toBe('-1');
    expect(Object.keys(environmentOf({ SPIKEFIT_BACKEND: 'native' })).join()).not.toContain('TF_');
  });

  it.each(['short', Buffer.alloc(31).toString('base64'), `${secretKey}!`])(
    'refuses the secret key %j',
    (value) => {
      const error = problems(() => loadConfig('api', { ...complete, SPIKEFIT_SECRET_KEY: value }));
      expect(error.errors.map((one) => one.pointer)).toEqual(['SPIKEFIT_SECRET_KEY']);
      expect(error.message).not.toContain(value);
    },
  );

  it('leaves everything secret out of the environment of trainers', () => {
    const worker = loadConfig('worker', {
      ...complete,
      PATH: '/usr/bin',
      AWS_ACCESS_KEY_ID: 'a',
      AWS_SECRET_ACCESS_KEY: 'b',
    });
    expect(worker.trainerEnvironment).toEqual({ PATH: '/usr/bin' });
  });

  it('prepares with a role of its own, or with DATABASE_URL', () => {
    const passwords = {
      SPIKEFIT_OWNER_PASSWORD: 'one',
      SPIKEFIT_APPLICATION_PASSWORD: 'two',
      SPIKEFIT_NOTIFIER_PASSWORD: 'three',
    };
    const url = 'postgres://postgres:password@127.0.0.1:5432/postgres';
    expect(loadConfig('prepare', { ...passwords, DATABASE_URL: url })).toEqual({
      service: 'prepare',
      adminDatabaseUrl: url,
      database: 'spikefit',
      roleSuffix: '',
      passwords: { owner: 'one', application: 'two', notifier: 'three' },
    });
    const both = { ...passwords, SPIKEFIT_ADMIN_DATABASE_URL: url, DATABASE_URL: complete.DATABASE_URL };
    expect(loadConfig('prepare', both).adminDatabaseUrl).toBe(url);
    const error = problems(() => loadConfig('prepare', { SPIKEFIT_ROLE_SUFFIX: '; DROP' }));
    expect(error.errors.map((one) => one.pointer)).toEqual([
      'SPIKEFIT_ADMIN_DATABASE_URL',
      'SPIKEFIT_ROLE_SUFFIX',
      'SPIKEFIT_OWNER_PASSWORD',
      'SPIKEFIT_APPLICATION_PASSWORD',
      'SPIKEFIT_NOTIFIER_PASSWORD',
    ]);
  });

  it('does not ask the worker for the secret key', () => {
    expect(loadConfig('worker', { ...complete, SPIKEFIT_SECRET_KEY: undefined })).not.toHaveProperty(
      'secretKey',
    );
  });
});

describe('README', () => {
  it('names every variable that is read, with its readers, and no other', async () => {
    const readers = new Map<string, Set<string>>();
    for (const service of ['api', 'worker', 'notifier', 'admin'] as const) {
      const environment = new Proxy<Environment>(complete, {
        get: (target, name) => {
          readers.set(String(name), (readers.get(String(name)) ?? new Set()).add(service));
          return Reflect.get(target, name);
        },
      });
      loadConfig(service, environment);
    }
    // What is handed on to trainers, rather than read; the README names it in a sentence.
    const gpus = ['CUDA_VISIBLE_DEVICES', 'VK_ICD_FILENAMES', 'VK_DRIVER_FILES'];
    const handedOn = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH', ...gpus];
    for (const name of handedOn) readers.delete(name);

    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const documented = new Map<string, Set<string>>();
    for (const line of readme.split('\n').filter((text) => text.startsWith('| `'))) {
      const [, names = '', services = ''] = line.split('|');
      const listed =
        services.trim() === 'all' ? ['api', 'worker', 'notifier', 'admin'] : services.trim().split(', ');
      for (const [, name = ''] of names.matchAll(/`([A-Z_]+)`/g)) documented.set(name, new Set(listed));
    }
    const plain = (map: Map<string, Set<string>>) =>
      Object.fromEntries([...map].sort().map(([name, services]) => [name, [...services].sort()]));
    expect(plain(documented)).toEqual(plain(readers));
  });
});
