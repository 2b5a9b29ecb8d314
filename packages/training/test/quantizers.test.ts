/** A tiny whole job for every quantisation technique of the list. */
import { quantizers } from '@spikefit/compression';
import type { JobRequest } from '@spikefit/contracts';
import { readArtifact } from '@spikefit/interchange';
import { denseWeights } from '@spikefit/snn';
import { findQuantizationTechnique, quantizationTechniques } from '@spikefit/specification';
import { nativeAddonStatus, registerNativeBackend } from '@spikefit/tfjs-native';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { planPhases } from '../src/plan.ts';
import { record, reportOf, tinySpec } from './harness.ts';

beforeAll(async () => {
  if (nativeAddonStatus().available) registerNativeBackend({ threads: 2 });
  await tf.setBackend(nativeAddonStatus().available ? 'native' : 'cpu');
});

type Quantization = NonNullable<NonNullable<JobRequest['method']>['quantization']>;

const pruning = {
  budget: { kind: 'fraction' as const, value: 0.3 },
  samples: 16,
  steps: 1,
  recoveryEpochs: 0.5,
};
const specOf = (quantization: Quantization, prunes = true) =>
  tinySpec({
    model: { architecture: '8C3-BN-LIF-MP2-FC10', timeSteps: 2 },
    dataset: { id: 'fashion-mnist', trainSamples: 200, testSamples: 60 },
    method: { quantization, pruning: prunes ? pruning : { technique: 'none' } },
    training: { pretrainEpochs: 2, catEpochs: 1, finetuneEpochs: 1, batchSize: 20, augmentation: 'none' },
  });

it('the catalogue and the list name the same techniques, and agree on which train', () => {
  const known = quantizationTechniques.map(({ id }) => id).filter((id) => id !== 'none');
  expect(Object.keys(quantizers).sort()).toEqual(known.sort());
  for (const id of known)
    expect(quantizers[id]!.training !== null, id).toBe(findQuantizationTechnique(id)!.trains);
});

describe.each(Object.keys(quantizers))('a whole job with %s', (technique) => {
  it('stores M different values per layer, and goes on to the same bits from every checkpoint', async () => {
    const before = tf.memory().numTensors;
    const spec = specOf({ technique });
    const whole = await record(spec);
    const report = reportOf(whole);
    const { levels } = spec.quantization;
    expect(report.quantization).toMatchObject({ technique, levels, distinctValuesPerGroup: levels });
    const { weights } = readArtifact(whole.artifact!);
    for (const [id, layer] of Object.entries(weights))
      expect(new Set(denseWeights(layer)).size, id).toBeLessThanOrEqual(levels);
    expect(report.compressed.accuracy.value).toBeGreaterThan(0.3);
    for (const { draft, bytes } of whole.checkpoints) {
      if (draft.phase === 'prune' || (draft.phase === 'finetune' && draft.epoch === 1))
        expect((await record(spec, { resume: bytes })).artifact).toEqual(whole.artifact);
    }
    expect(tf.memory().numTensors).toBe(before);
  }, 120_000);

  it('has codebooks per channel and one for the network', async () => {
    for (const quantization of [
      { technique, group: 'channel' },
      { technique, group: 'network', bits: 3 },
    ] as const) {
      const { quantization: reported } = reportOf(await record(specOf(quantization)));
      expect(reported.distinctValuesPerGroup).toBeLessThanOrEqual(reported.levels);
      expect(reported.distinctValuesPerGroup).toBeGreaterThan(1);
    }
  }, 120_000);
});

describe.each(['chained', 'joint'] as const)('soft assignments, %s', (composition) => {
  it('anneal to hard ones, and go on to the same bits from within the phase', async () => {
    const soft = { technique: 'cat', temperature: 1 };
    const spec = { ...specOf(soft), composition };
    const whole = await record(spec, { checkpointIntervalMs: 5 });
    expect(reportOf(whole).compressed.accuracy.value).toBeGreaterThan(0.3);
    expect(reportOf(whole).quantization.distinctValuesPerGroup).toBe(4);
    const hard = await record({ ...specOf({ technique: 'cat' }), composition });
    expect(whole.artifact).not.toEqual(hard.artifact);
    const phase = composition === 'joint' ? 'prune' : 'cluster';
    const within = whole.checkpoints.filter(({ draft }) => draft.phase === phase && draft.step > 0);
    expect(within.length).toBeGreaterThan(0);
    for (const { bytes } of within.slice(0, 2))
      expect((await record(spec, { resume: bytes })).artifact).toEqual(whole.artifact);
  }, 120_000);
});

it('a technique after training has no phase of its own', () => {
  const phases = planPhases(specOf({ technique: 'k-means' }, false)).map(({ phase }) => phase);
  expect(phases).toEqual(['prepare', 'pretrain', 'export', 'evaluate']);
  const pruned = planPhases(specOf({ technique: 'k-means' })).map(({ phase }) => phase);
  expect(pruned).toEqual(['prepare', 'pretrain', 'prune', 'finetune', 'export', 'evaluate']);
});
