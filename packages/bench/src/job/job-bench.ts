import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { FromTrainer, Report, ToTrainer } from '@spikefit/contracts';
import { openObjectStore } from '@spikefit/object-store';
import { BenchError } from '../command/bench-error.ts';
import type { BenchContext, ServiceRun } from '../command/context.ts';
import { type Machine, thisMachine } from '../output/machine.ts';
import type { JobOptions } from './job-options.ts';
import { benchJob, benchSpec } from './job-request.ts';
import {
  type PhaseSpending,
  type ProbeMark,
  type Spending,
  spendingByPhase,
  spendingOfAll,
} from './probe-marks.ts';

export interface JobResult {
  readonly bench: 'job';
  readonly quick: boolean;
  readonly threads: number;
  readonly machine: Machine;
  readonly runsOn: string;
  /** From the start of the trainer's process to its last message. */
  readonly seconds: number;
  readonly phases: readonly PhaseSpending[];
  readonly all: Spending;
  readonly accuracy: { readonly dense: number; readonly compressed: number };
  /** The same job through the whole service; undefined without --services. */
  readonly services: ServiceRun | undefined;
}

/** Runs the job in the worker's own trainer process, storing checkpoints as the worker does, then through the service. */
export async function runJobBench(options: JobOptions, context: BenchContext): Promise<JobResult> {
  const trained = await train(options, context);
  const { report, marks } = trained;
  const services = options.services
    ? await context.runOnServices(benchJob(options), options.threads)
    : undefined;
  return {
    bench: 'job',
    quick: options.quick,
    threads: options.threads,
    machine: thisMachine(),
    runsOn: trained.runsOn,
    seconds: trained.seconds,
    phases: spendingByPhase(marks),
    all: spendingOfAll(marks),
    accuracy: {
      dense: report.baseline.accuracy.value,
      compressed: report.compressed.accuracy.value,
    },
    services,
  };
}

interface Trained {
  readonly report: Report;
  readonly marks: readonly ProbeMark[];
  readonly runsOn: string;
  readonly seconds: number;
}

/** The trainer's last message, with what the probe put into it. */
type Done = Extract<FromTrainer, { type: 'done' }> & { readonly probe: ProbeMark[] };

const probe = new URL('./trainer-probe.js', import.meta.url).href;
const trainer = fileURLToPath(new URL('./trainer.js', import.meta.resolve('@spikefit/worker')));

async function train(options: JobOptions, context: BenchContext): Promise<Trained> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spikefit-bench-job-'));
  const scratchDirectory = path.join(folder, 'scratch');
  const store = path.join(folder, 'store');
  for (const made of [scratchDirectory, store]) await mkdir(made);
  await using objects = openObjectStore(pathToFileURL(store).href);
  const started = performance.now();
  const [command = '', ...args] = [...options.launcher, process.execPath, '--import', probe, trainer];
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  try {
    return await new Promise<Trained>((resolve, reject) => {
      const tell = (message: ToTrainer) => child.send(message);
      let errors = '';
      let runsOn = '';
      const fail = (reason: string) =>
        reject(new BenchError(`the trainer failed: ${reason}`, 'See what it said above.'));
      child.stderr?.on('data', (chunk: Buffer) => {
        errors = (errors + chunk.toString()).slice(-4000);
      });
      child.on('error', (error) => fail(error.message));
      child.on('exit', (code) => fail(`it ended with ${code}\n${errors}`));
      child.on('message', (message: FromTrainer) => {
        switch (message.type) {
          case 'ready':
            runsOn = `${message.pin.backend} (${message.pin.isa})`;
            return;
          case 'event':
            if (message.event === 'epoch.completed') context.print(describeEpoch(message.data));
            return;
          case 'checkpoint': {
            const { sequence, file } = message.checkpoint;
            objects
              .put(`checkpoint-${sequence}.safetensors`, { path: file.path }, { sha256: file.sha256 })
              .then(() => tell({ type: 'saved', sequence }), reject);
            return;
          }
          case 'done': {
            const { report, probe: marks } = message as Done;
            resolve({ report, marks, runsOn, seconds: (performance.now() - started) / 1000 });
            return;
          }
          case 'failed':
            return fail(message.detail);
          default:
            return;
        }
      });
      tell({
        type: 'start',
        jobId: 'job_bench',
        spec: benchSpec(options),
        datasetDirectory: context.datasetDirectory,
        scratchDirectory,
        resume: null,
        compute: { backend: options.backend, device: 'auto', threads: options.threads, isa: null },
        checkpointIntervalMs: 60_000,
      });
    });
  } finally {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

function describeEpoch(data: Record<string, unknown>): string {
  const { phase, epoch, epochs, seconds, imagesPerSecond } = data as {
    phase: string;
    epoch: number;
    epochs: number;
    seconds: number;
    imagesPerSecond: number;
  };
  return `${phase} ${epoch}/${epochs}: ${seconds.toFixed(1)} s, ${imagesPerSecond.toFixed(0)} images/s`;
}
