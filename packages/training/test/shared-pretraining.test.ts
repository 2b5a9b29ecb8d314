/** A job that starts from another job's dense network ends with the bits that it would have had alone. */
import { pretrainingIdentity } from '@spikefit/specification';
import { nativeAddonStatus, registerNativeBackend } from '@spikefit/tfjs-native';
import '@tensorflow/tfjs-backend-cpu';
import type { JobRequest } from '@spikefit/contracts';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { type Recorded, record, reportOf, tinySpec } from './harness.ts';

const pin = { backend: 'test', isa: 'test', precision: 'fp32', kernelRevision: 1, formatVersion: 1 };
const spec = (changes: Partial<JobRequest> = {}) =>
  tinySpec({
    dataset: { id: 'fashion-mnist', trainSamples: 100, testSamples: 40 },
    training: { pretrainEpochs: 2, catEpochs: 1, finetuneEpochs: 1, batchSize: 20, augmentation: 'none' },
    method: { pruning: { samples: 16, steps: 1, recoveryEpochs: 0 } },
    ...changes,
  });
const identity = (changes: Partial<JobRequest> = {}) => pretrainingIdentity(spec(changes), pin);

let maker: Recorded;
let state: Uint8Array;
beforeAll(async () => {
  if (nativeAddonStatus().available) registerNativeBackend({ threads: 2 });
  await tf.setBackend(nativeAddonStatus().available ? 'native' : 'cpu');
  // A checkpoint at every step, so that the marked one is told from those around it.
  maker = await record(spec(), { checkpointIntervalMs: 0 });
  const marked = maker.checkpoints.filter(({ draft }) => draft.pretrained);
  expect(marked.map(({ draft }) => [draft.phase, draft.epoch, draft.step])).toEqual([['cluster', 0, 0]]);
  state = marked[0]!.bytes;
}, 120_000);

it.each<[string, Partial<JobRequest>]>([
  ['the same phases', { method: { quantization: { levels: 16 }, pruning: { samples: 16, steps: 1 } } }],
  ['no codebook', { method: { quantization: { technique: 'none' }, pruning: { samples: 16, steps: 1 } } }],
  ['no pruning', { method: { pruning: { technique: 'none' } } }],
  [
    'nothing but the dense network',
    { method: { quantization: { technique: 'none' }, pruning: { technique: 'none' } } },
  ],
  ['more epochs afterwards', { training: { ...trainingOf(), catEpochs: 2, finetuneEpochs: 2 } }],
])('with %s', async (_, changes) => {
  expect(identity(changes)).toEqual(identity());
  const alone = await record(spec(changes));
  const shared = await record(spec(changes), { resume: state });
  expect(shared.artifact).toEqual(alone.artifact);
  expect(reportOf(shared)).toEqual(reportOf(alone));
  const trained = shared.events
    .filter(({ type }) => type === 'epoch.completed')
    .map(({ data }) => data.phase);
  expect(trained).not.toContain('pretrain');
  expect(shared.checkpoints.filter(({ draft }) => draft.pretrained)).toEqual([]);
});

function trainingOf(): NonNullable<JobRequest['training']> {
  return { pretrainEpochs: 2, catEpochs: 1, finetuneEpochs: 1, batchSize: 20, augmentation: 'none' };
}

it('the maker itself goes on from it as from any checkpoint', async () => {
  expect((await record(spec(), { resume: state })).artifact).toEqual(maker.artifact);
});

it.each<[string, Partial<JobRequest>]>([
  ['seed', { seed: 4 }],
  ['network', { model: { architecture: '8C3-BN-LIF-MP2-FC10', timeSteps: 2 } }],
  ['time steps', { model: { architecture: '8C3-BN-LIF-MP2-8C3-BN-LIF-MP2-FC10', timeSteps: 3 } }],
  ['training samples', { dataset: { id: 'fashion-mnist', trainSamples: 120, testSamples: 40 } }],
  ['validation split', { training: { ...trainingOf(), validationFraction: 0.2 } }],
  ['pretraining', { training: { ...trainingOf(), pretrainEpochs: 3 } }],
  ['learning rate', { training: { ...trainingOf(), learningRate: 0.003 } }],
])('another %s is another dense network', (_, changes) => {
  expect(identity(changes)).not.toEqual(identity());
});

it('so is another processor, and what is tested on is not', () => {
  expect(pretrainingIdentity(spec(), { ...pin, isa: 'other' })).not.toEqual(identity());
  expect(identity({ dataset: { id: 'fashion-mnist', trainSamples: 100, testSamples: 50 } })).toEqual(
    identity(),
  );
});
