/**
 * The trainer process: one job's computing, started by the worker, with no credentials and no connection but the
 * channel to it. `trainer.js --probe JSON` only says which backend it gets.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { CodedError, type ComputeRequest, systemClock, type ToTrainer } from '@spikefit/contracts';
import { openDataset } from '@spikefit/datasets';
import { runJob, type TrainingPorts } from '@spikefit/training';
import { version_core as tfjsVersion } from '@tensorflow/tfjs-core';
import { toJobError } from './system-error.ts';
import { type Backend, chooseBackend } from './trainer/backend.ts';
import { Parent } from './trainer/parent.ts';
import { scratchFiles, sha256 } from './trainer/scratch-files.ts';
import { serviceVersion } from './version.ts';

type Start = Extract<ToTrainer, { type: 'start' }>;

async function main(parent: Parent): Promise<void> {
  const [flag, request] = process.argv.slice(2);
  try {
    if (flag === '--probe' && request !== undefined) {
      const backend = await chooseBackend(JSON.parse(request) as ComputeRequest, 'fp32');
      return parent.end({ type: 'ready', ...backend });
    }
    const start = await parent.started;
    const backend = await chooseBackend(start.compute, start.spec.training.precision);
    parent.send({ type: 'ready', ...backend });
    await train(parent, start, backend);
  } catch (error) {
    if (error instanceof Error) process.stderr.write(`${error.stack}\n`);
    const { code, detail } = toJobError(error);
    parent.end({ type: 'failed', code, detail });
  }
}

async function train(parent: Parent, start: Start, backend: Backend): Promise<void> {
  const files = scratchFiles(start.scratchDirectory);
  const resume = await readResumePoint(start, backend, files);
  const ports: TrainingPorts = {
    clock: systemClock,
    compute: { pin: backend.pin, tfjs: tfjsVersion, node: process.version, service: serviceVersion },
    dataset: await openDataset(start.spec.dataset.id, start.datasetDirectory),
    files,
    saveCheckpoint: (checkpoint) => {
      const saved = parent.untilSaved(checkpoint.sequence);
      parent.send({ type: 'checkpoint', checkpoint });
      return saved;
    },
    emit: (event, data) => parent.send({ type: 'event', event, data, replayed: false }),
    progress: (phase, fraction, etaSeconds) => parent.send({ type: 'progress', phase, fraction, etaSeconds }),
    shouldStop: () => parent.isStopAsked,
    breathe: () => breathe(),
  };
  const outcome = await runJob({
    spec: start.spec,
    ports,
    resume,
    checkpointIntervalMs: start.checkpointIntervalMs,
  });
  if (outcome.status === 'stopped') return parent.end({ type: 'stopped' });
  parent.end({ type: 'done', report: outcome.report, artifacts: outcome.artifacts });
}

/** @throws CodedError checkpoint.invalid when the file changed on its way, or was written with other arithmetic */
async function readResumePoint(
  { resume }: Start,
  { pin }: Backend,
  files: TrainingPorts['files'],
): Promise<Uint8Array | null> {
  if (resume === null) return null;
  const bytes = await files.read(resume.path);
  if (sha256(bytes) !== resume.sha256) {
    throw new CodedError('checkpoint.invalid', `${resume.path} does not match its checksum`);
  }
  const differing = (Object.keys(pin) as (keyof typeof pin)[]).filter((key) => pin[key] !== resume.pin[key]);
  if (differing.length > 0) {
    throw new CodedError(
      'checkpoint.invalid',
      `the checkpoint was written with another ${differing.join(', ')}`,
    );
  }
  await files.remove(resume.path);
  return bytes;
}

await main(new Parent());
