import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type {
  CheckpointDraft,
  EventType,
  JobRequest,
  Report,
  ResolvedSpec,
  Shape3,
} from '@spikefit/contracts';
import type { ImageSplit } from '@spikefit/datasets';
import { findTarget } from '@spikefit/hardware';
import { randomStream, resolveJobRequest } from '@spikefit/specification';
import type { JobOutcome, TrainingPorts } from '../src/index.ts';
import { runJob } from '../src/index.ts';

/** Images of 28 × 28 with a bright bar whose place is the class, and noise: learnable in two epochs. */
export function barImages(count: number, which: number): ImageSplit {
  const shape: Shape3 = [28, 28, 1];
  const stream = randomStream(7, 'init', which);
  const images = new Uint8Array(count * 784);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
  for (let i = 0; i < count; i++) {
    for (let p = 0; p < 784; p++) {
      const isBar = Math.floor(p / 28 / 2.8) === labels[i];
      images[i * 784 + p] = (isBar ? 150 : 0) + stream.integer(90);
    }
  }
  return { kind: 'images', images, labels, count, shape };
}

export function tinySpec(overrides: Partial<JobRequest> = {}): ResolvedSpec {
  const request: JobRequest = {
    model: { architecture: '8C3-BN-LIF-MP2-8C3-BN-LIF-MP2-FC10', timeSteps: 2 },
    dataset: { id: 'fashion-mnist', trainSamples: 300, testSamples: 60 },
    target: { id: 'generic-4-level' },
    method: {
      pruning: { budget: { kind: 'fraction', value: 0.4 }, samples: 32, steps: 2, recoveryEpochs: 0.5 },
    },
    training: { pretrainEpochs: 3, catEpochs: 2, finetuneEpochs: 2, batchSize: 20, augmentation: 'none' },
    seed: 3,
    ...overrides,
  };
  return resolveJobRequest(request, { targets: findTarget });
}

export interface Recorded {
  readonly outcome: JobOutcome;
  readonly events: { type: EventType; data: Record<string, unknown> }[];
  readonly checkpoints: { draft: CheckpointDraft; bytes: Uint8Array }[];
  readonly artifact: Uint8Array | null;
}

/** Runs a job on memory and a temporary folder. `stopAfter` asks it to end once so many checkpoints are saved. */
export async function record(
  spec: ResolvedSpec,
  options: {
    resume?: Uint8Array;
    stopAfterSteps?: number;
    /** Asks for a stop as soon as this phase is told to be over. */
    stopAfterPhase?: string;
    /** Asks for a stop at the first breath of this phase. */
    stopAtStartOf?: string;
    checkpointIntervalMs?: number;
    dataset?: TrainingPorts['dataset'];
    onCheckpoint?: (draft: CheckpointDraft) => void;
  } = {},
): Promise<Recorded> {
  const folder = await mkdtemp(path.join(tmpdir(), 'spikefit-training-'));
  const events: Recorded['events'] = [];
  const checkpoints: Recorded['checkpoints'] = [];
  let milliseconds = 0;
  let breaths = 0;
  let asked = false;
  try {
    const outcome = await runJob({
      spec,
      resume: options.resume ?? null,
      checkpointIntervalMs: options.checkpointIntervalMs ?? 1e9,
      ports: {
        clock: {
          now: () => new Date(0),
          monotonicMs: () => {
            milliseconds += 1;
            return milliseconds;
          },
          sleep: () => Promise.resolve(),
          every: () => ({ [Symbol.dispose]: () => undefined }),
        },
        compute: {
          pin: { backend: 'test', isa: 'test', precision: 'fp32', kernelRevision: 1, formatVersion: 1 },
          tfjs: 'test',
          node: 'test',
          service: 'test',
        },
        dataset: options.dataset ?? { train: barImages(400, 1), test: barImages(100, 2) },
        files: {
          write: async (name, bytes) => {
            const file = path.join(folder, name);
            await writeFile(file, bytes);
            return {
              path: file,
              sha256: createHash('sha256').update(bytes).digest('hex'),
              bytes: bytes.length,
            };
          },
          read: async (file) => new Uint8Array(await readFile(file)),
          remove: (file) => rm(file),
        },
        saveCheckpoint: async (draft) => {
          options.onCheckpoint?.(draft);
          checkpoints.push({ draft, bytes: new Uint8Array(await readFile(draft.file.path)) });
        },
        emit: (type, data) => {
          events.push({ type, data });
        },
        progress: () => undefined,
        shouldStop: () =>
          asked ||
          (options.stopAfterSteps !== undefined && breaths >= options.stopAfterSteps) ||
          events.some(
            ({ type, data }) => type === 'phase.completed' && data.phase === options.stopAfterPhase,
          ),
        breathe: () => {
          breaths += 1;
          const last = events.at(-1);
          asked ||= last?.type === 'phase.started' && last.data.phase === options.stopAtStartOf;
          return Promise.resolve();
        },
      },
    });
    const artifact =
      outcome.status === 'done' ? new Uint8Array(await readFile(outcome.artifacts[0]!.path)) : null;
    return { outcome, events, checkpoints, artifact };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export function reportOf({ outcome }: Recorded): Report {
  if (outcome.status !== 'done') throw new Error('the job did not end');
  return outcome.report;
}
