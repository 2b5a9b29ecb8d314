import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { isWeightLayer, type JobRequest } from '@spikefit/contracts';
import { type EventSplit, ensureDataset, openDataset } from '@spikefit/datasets';
import { countOperations } from '@spikefit/hardware';
import { disposeTensors, initializeParameters, toTensors } from '@spikefit/snn';
import { realData } from '@spikefit/testkit';
import { nativeAddonStatus, registerNativeBackend } from '@spikefit/tfjs-native';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { evaluate } from '../src/evaluate.ts';
import { InputEvents } from '../src/input-events.ts';
import { barRecordings } from './bar-recordings.ts';
import { record, reportOf, tinySpec } from './harness.ts';

beforeAll(async () => {
  if (nativeAddonStatus().available) registerNativeBackend({ threads: 2 });
  await tf.setBackend(nativeAddonStatus().available ? 'native' : 'cpu');
});

const eventSpec = (overrides: Partial<JobRequest> = {}) =>
  tinySpec({
    model: { architecture: '8C3S2-BN-LIF-MP2-FC10', timeSteps: 3 },
    dataset: { id: 'n-mnist', trainSamples: 200, testSamples: 40 },
    training: {
      pretrainEpochs: 5,
      catEpochs: 1,
      finetuneEpochs: 1,
      batchSize: 20,
      learningRate: 0.01,
      augmentation: 'jitter',
    },
    ...overrides,
  });

/** Places in (h, w, c) order where something happened, over all recordings and bins, counted by hand. */
function countEvents({ recordings }: EventSplit, timeSteps: number): Float64Array {
  const sums = new Float64Array(34 * 34 * 2);
  for (const bytes of recordings) {
    const seen = new Set<string>();
    const time = (at: number) => (bytes[at + 2]! % 128) * 65_536 + bytes[at + 3]! * 256 + bytes[at + 4]!;
    const end = time(bytes.length - 5) + 1;
    for (let at = 0; at < bytes.length; at += 5) {
      const place = (bytes[at + 1]! * 34 + bytes[at]!) * 2 + (bytes[at + 2]! >= 128 ? 1 : 0);
      const key = `${Math.floor((time(at) / end) * timeSteps)} ${place}`;
      if (!seen.has(key)) sums[place]! += 1;
      seen.add(key);
    }
  }
  return sums;
}

it('the first layer’s events are those of the recordings, and its operations their non-zero synapses', async () => {
  const { network } = eventSpec();
  const split = barRecordings(30, 3);
  const host = initializeParameters(network, 5);
  const parameters = toTensors(host);
  const events = new InputEvents(network);
  await evaluate({
    network,
    parameters,
    split,
    indices: Int32Array.from(split.labels.keys()),
    seed: 1,
    observe: events,
    breathe: () => Promise.resolve(),
  });
  disposeTensors(parameters);
  const expected = countEvents(split, network.timeSteps);
  const [first, ...others] = network.layers.filter(isWeightLayer);
  expect(Array.from(events.sums[first!.id]!)).toEqual(Array.from(expected));

  // A stride of 2 over 34 pixels pads after the last: an input at an even place is read by one tap … by hand, per axis.
  const readers = (place: number) => {
    let count = 0;
    for (let output = 0; output < 17; output++)
      for (let tap = 0; tap < 3; tap++) if (2 * output + tap === place) count++;
    return count;
  };
  let accumulates = 0;
  for (const [i, count] of expected.entries()) {
    const [y, x] = [Math.floor(i / 68), Math.floor(i / 2) % 34];
    accumulates += count * readers(y) * readers(x) * 8;
  }
  const ones = Object.fromEntries(
    [first!, ...others].map(({ id }) => {
      const { data } = host[`${id}/weights`]!;
      return [id, id === first!.id ? new Float32Array(data.length).fill(1) : new Float32Array(data.length)];
    }),
  );
  const counted = countOperations({
    network,
    weights: ones,
    inputEvents: events.sums,
    images: events.images,
  });
  expect(counted.multiplyAccumulates).toBe(0);
  expect(counted.accumulates).toBeCloseTo(accumulates / split.count, 6);
});

it.each([
  ['fsc', 'channel', { kind: 'synops', value: 5_000 }],
  ['svs', 'channel', { kind: 'fraction', value: 0.4 }],
  ['fsc', 'synapse', { kind: 'fraction', value: 0.4 }],
] as const)(
  'a job on recordings learns, only accumulates, and goes on as if nothing had happened (%s, %s)',
  async (technique, unit, budget) => {
    const spec = eventSpec({
      method: {
        pruning: { technique, unit, budget, samples: 32, steps: 1, recoveryEpochs: 0.5, labels: 'sampled' },
      },
    });
    const dataset = { train: barRecordings(240, 1), test: barRecordings(60, 2), notes: ['a part of it'] };
    const whole = await record(spec, { dataset });
    const report = reportOf(whole);
    expect(report.baseline.accuracy.value).toBeGreaterThan(0.6);
    for (const figures of [report.baseline, report.compressed]) {
      expect(figures.synapticOperations.multiplyAccumulates).toBe(0);
      expect(figures.synapticOperations.accumulates).toBeGreaterThan(0);
    }
    expect(report.notes).toContain('a part of it');
    // In the middle of an epoch, and of its stream of jitter.
    const stopped = await record(spec, { dataset, stopAfterSteps: 7 });
    expect(stopped.outcome.status).toBe('stopped');
    const resumed = await record(spec, { dataset, resume: stopped.checkpoints.at(-1)!.bytes });
    expect(resumed.artifact).toEqual(whole.artifact);
  },
  120_000,
);

it('cropped and flipped images are the same ones after a resume', async () => {
  const spec = tinySpec({
    dataset: { id: 'mnist', trainSamples: 100, testSamples: 20 },
    method: { pruning: { technique: 'none' } },
    training: {
      pretrainEpochs: 1,
      catEpochs: 1,
      finetuneEpochs: 1,
      batchSize: 20,
      augmentation: 'flip-crop',
    },
  });
  const whole = await record(spec);
  const stopped = await record(spec, { stopAfterSteps: 2 });
  const resumed = await record(spec, { resume: stopped.checkpoints.at(-1)!.bytes });
  expect(resumed.artifact).toEqual(whole.artifact);
  const plain = { ...spec, training: { ...spec.training, augmentation: 'none' as const } };
  expect((await record(plain)).artifact).not.toEqual(whole.artifact);
}, 120_000);

it('asks for more recordings than there are in vain', async () => {
  const spec = eventSpec({ dataset: { id: 'n-mnist' } });
  const dataset = { train: barRecordings(240, 1), test: barRecordings(60, 2) };
  await expect(record(spec, { dataset })).rejects.toMatchObject({
    code: 'spec.dataset-too-small',
    detail: '60000 train samples were asked for, and there are 240',
  });
});

it('trains on real recordings of N-MNIST', async (context) => {
  const archive = realData('nmnist/nmnist_train_first1000.tar.gz', context);
  const root = await mkdtemp(path.join(tmpdir(), 'spikefit-n-mnist-'));
  try {
    await mkdir(path.join(root, 'n-mnist'));
    await promisify(execFile)('tar', ['xzf', archive, '-C', path.join(root, 'n-mnist')]);
    const dataset = await openDataset('n-mnist', await ensureDataset('n-mnist', { cacheDirectory: root }));
    const spec = eventSpec({
      model: { architecture: '8C5S2-BN-LIF-MP2-FC10', timeSteps: 4 },
      dataset: { id: 'n-mnist', trainSamples: 800, testSamples: 200 },
      method: { pruning: { technique: 'none' } },
    });
    const report = reportOf(await record(spec, { dataset }));
    // Chance is 0.1.
    expect(report.baseline.accuracy).toMatchObject({ n: 200 });
    expect(report.baseline.accuracy.value).toBeGreaterThan(0.6);
    expect(report.baseline.synapticOperations.multiplyAccumulates).toBe(0);
    expect(report.notes.join(' ')).toContain('800 of 60000 training samples');
  } finally {
    await rm(root, { recursive: true });
  }
}, 120_000);
