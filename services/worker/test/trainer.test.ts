/** The real trainer process on a tiny real job: what the fault tests rely on, without the rest of the service. */
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '@spikefit/config';
import type {
  CheckpointDraft,
  ComputeBackend,
  ComputePin,
  FromTrainer,
  ResolvedSpec,
} from '@spikefit/contracts';
import { ensureDataset } from '@spikefit/datasets';
import { findTarget } from '@spikefit/hardware';
import { resolveJobRequest } from '@spikefit/specification';
import { skipAloud } from '@spikefit/testkit';
import { tensorflowStatus } from '@spikefit/tfjs-tensorflow';
// The leak checks count tensors, for which there must be a backend.
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TrainerProcess } from '../src/trainer-process.ts';
import { tinyRequest } from './faults/reference.ts';

const trainerPath = fileURLToPath(new URL('../dist/trainer.js', import.meta.url));
const spec = resolveJobRequest(tinyRequest(7), { targets: findTarget });
let folder: string;
let datasetDirectory: string;
let undisturbed: Outcome;

interface Saved {
  readonly draft: CheckpointDraft;
  readonly path: string;
}
interface Outcome {
  readonly last: FromTrainer;
  readonly saved: Saved[];
  readonly pin: ComputePin | undefined;
  readonly scratch: string;
  readonly artifactSha256: string | undefined;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spikefit-trainer-test-'));
  datasetDirectory = await ensureDataset(spec.dataset.id, { cacheDirectory: datasetCache() });
  undisturbed = await train({});
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Where workers keep data sets when nothing is set. */
const datasetCache = () =>
  workerConfig({ HOME: homedir(), XDG_CACHE_HOME: process.env.XDG_CACHE_HOME }).dataCache;

const workerConfig = (environment: Record<string, string | undefined>) =>
  loadConfig('worker', {
    DATABASE_URL: 'postgres://none',
    REDIS_URL: 'redis://none',
    SPIKEFIT_OBJECT_STORE: 'file:/none',
    SPIKEFIT_THREADS: '2',
    ...environment,
  });

let runs = 0;
/** Runs a trainer to its last word, keeping its checkpoints as the worker would. */
async function train(options: {
  spec?: ResolvedSpec;
  backend?: ComputeBackend;
  threads?: number;
  resume?: { path: string; sha256: string; pin: ComputePin };
  checkpointIntervalMs?: number;
  stopAfterCheckpoint?: number;
}): Promise<Outcome> {
  runs += 1;
  const scratch = path.join(folder, `scratch-${runs}`);
  await mkdir(scratch);
  const backend = options.backend ?? 'auto';
  const { trainerEnvironment } = workerConfig({ SPIKEFIT_BACKEND: backend });
  await using trainer = new TrainerProcess({ path: trainerPath, environment: trainerEnvironment });
  trainer.send({
    type: 'start',
    jobId: 'job_test',
    spec: options.spec ?? spec,
    datasetDirectory,
    scratchDirectory: scratch,
    resume: options.resume ?? null,
    compute: { backend, device: 'auto', threads: options.threads ?? 2, isa: null },
    checkpointIntervalMs: options.checkpointIntervalMs ?? 60_000,
  });
  const saved: Saved[] = [];
  let pin: ComputePin | undefined;
  for await (const message of trainer.messages()) {
    if (message.type === 'ready') pin = message.pin;
    if (message.type === 'checkpoint') {
      const kept = path.join(folder, `kept-${runs}-${message.checkpoint.sequence}`);
      await copyFile(message.checkpoint.file.path, kept);
      saved.push({ draft: message.checkpoint, path: kept });
      trainer.send({ type: 'saved', sequence: message.checkpoint.sequence });
      if (saved.length === options.stopAfterCheckpoint) trainer.send({ type: 'stop' });
    }
    if (message.type === 'done' || message.type === 'stopped' || message.type === 'failed') {
      const artifactSha256 = message.type === 'done' ? message.artifacts[0]?.sha256 : undefined;
      expect((await trainer.exited).code).toBe(0);
      return { last: message, saved, pin, scratch, artifactSha256 };
    }
  }
  throw new Error(`the trainer ended without a word: ${(await trainer.exited).errorTail}`);
}

const resumeFrom = (
  { draft, path: file }: Saved,
  changes: Partial<{ sha256: string; pin: ComputePin }> = {},
) => ({
  path: file,
  sha256: draft.file.sha256,
  pin: draft.pin,
  ...changes,
});

describe('trainer', () => {
  it('runs a whole job and leaves nothing but the artifact', async () => {
    expect(undisturbed.last.type).toBe('done');
    expect(undisturbed.artifactSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(await readdir(undisturbed.scratch)).toEqual(['network.spikefit.safetensors']);
    expect(undisturbed.saved.every(({ draft }) => draft.pin.backend === undisturbed.pin?.backend)).toBe(true);
  });

  it('saves its work and ends when asked to, and goes on to the same bits with another number of threads', async () => {
    const first = await train({ stopAfterCheckpoint: 2, threads: 1 });
    expect(first.last.type).toBe('stopped');
    expect(first.saved.length).toBeGreaterThan(2);
    const second = await train({ resume: resumeFrom(first.saved.at(-1)!), threads: 2 });
    expect(second.artifactSha256).toBe(undisturbed.artifactSha256);
    if (second.last.type !== 'done' || undisturbed.last.type !== 'done') throw new Error('not done');
    expect(second.last.report).toEqual(undisturbed.last.report);
  });

  it('trains the ANN twin, and goes on to the same bits', async () => {
    const request = tinyRequest(7);
    const model = { ...request.model, activation: 'quantized-relu' as const };
    const twin = resolveJobRequest({ ...request, model }, { targets: findTarget });
    const whole = await train({ spec: twin });
    if (whole.last.type !== 'done') throw new Error(JSON.stringify(whole.last));
    expect(whole.last.report.compressed.synapticOperations.accumulates).toBe(0);
    expect(whole.last.report.notes.join(' ')).toContain('ReLUs of 3 values (2 bits)');
    const first = await train({ spec: twin, stopAfterCheckpoint: 4 });
    const second = await train({ spec: twin, resume: resumeFrom(first.saved.at(-1)!) });
    expect(second.artifactSha256).toBe(whole.artifactSha256);
    expect(second.last).toMatchObject({ report: whole.last.report });
  }, 120_000);

  it('trains on tensorflow, and goes on there to the same bits', async (context) => {
    const status = tensorflowStatus();
    if (!status.available) skipAloud(context, status.reason);
    const whole = await train({ backend: 'tensorflow' });
    expect(whole.last.type).toBe('done');
    expect(whole.pin).toMatchObject({ backend: 'tensorflow', isa: expect.stringMatching(/^[cg]pu: ./) });
    const first = await train({ backend: 'tensorflow', stopAfterCheckpoint: 2 });
    expect(first.last.type).toBe('stopped');
    const second = await train({ backend: 'tensorflow', resume: resumeFrom(first.saved.at(-1)!) });
    expect(second.artifactSha256).toBe(whole.artifactSha256);
    const other = await train({ resume: resumeFrom(first.saved[0]!) });
    expect(other.last).toMatchObject({ type: 'failed', detail: expect.stringContaining('another backend') });
  }, 120_000);

  it('refuses a checkpoint that is not what it should be', async () => {
    const [saved] = undisturbed.saved;
    const damaged = await train({ resume: resumeFrom(saved!, { sha256: 'a'.repeat(64) }) });
    expect(damaged.last).toMatchObject({ type: 'failed', code: 'checkpoint.invalid' });
    const other = await train({ resume: resumeFrom(saved!, { pin: { ...saved!.draft.pin, isa: 'other' } }) });
    expect(other.last).toMatchObject({ type: 'failed', code: 'checkpoint.invalid' });
    expect(other.last).toMatchObject({ detail: expect.stringContaining('isa') });
  });

  it('says which file of the data set is damaged', async () => {
    const damaged = path.join(folder, 'damaged');
    await mkdir(damaged);
    for (const name of await readdir(datasetDirectory))
      await copyFile(path.join(datasetDirectory, name), path.join(damaged, name));
    const [name] = (await readdir(damaged)).filter((file) => file.includes('t10k-labels'));
    await writeFile(path.join(damaged, name!), 'no labels');
    const whole = datasetDirectory;
    datasetDirectory = damaged;
    const { last } = await train({}).finally(() => {
      datasetDirectory = whole;
    });
    expect(last).toMatchObject({
      type: 'failed',
      code: 'dataset.corrupt',
      detail: expect.stringContaining(name!),
    });
  });
});
