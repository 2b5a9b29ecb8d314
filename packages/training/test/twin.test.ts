/** The quantised ANN twin of a network, as a whole job. */
import type { JobRequest } from '@spikefit/contracts';
import { toIntegerNetwork } from '@spikefit/hardware';
import { readArtifact } from '@spikefit/interchange';
import { denseWeights } from '@spikefit/snn';
import { denseSizeBits } from '@spikefit/specification';
import { nativeAddonStatus, registerNativeBackend } from '@spikefit/tfjs-native';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { record, reportOf, tinySpec } from './harness.ts';

beforeAll(async () => {
  if (nativeAddonStatus().available) registerNativeBackend({ threads: 2 });
  await tf.setBackend(nativeAddonStatus().available ? 'native' : 'cpu');
});

type Method = NonNullable<JobRequest['method']>;

const specOf = (method: Method, architecture = '8C3-BN-LIF-MP2-8C3-BN-LIF-MP2-FC10') =>
  tinySpec({
    model: { architecture, timeSteps: 4, activation: 'quantized-relu' },
    dataset: { id: 'fashion-mnist', trainSamples: 300, testSamples: 60 },
    method,
    training: { pretrainEpochs: 2, catEpochs: 1, finetuneEpochs: 1, batchSize: 20, augmentation: 'none' },
  });
const whole: Method = { quantization: {}, pruning: { technique: 'none' } };

describe('the ANN twin', () => {
  it('has the architecture with ReLUs of T + 1 values, in one pass', () => {
    const { network } = specOf(whole);
    expect(network).toMatchObject({ timeSteps: 1, encoder: 'direct' });
    expect(network.layers.filter(({ kind }) => kind === 'neuron')).toMatchObject([
      { id: '2.relu', neuron: 'relu', levels: 5 },
      { id: '6.relu', neuron: 'relu', levels: 5 },
    ]);
    const spiking = tinySpec().network;
    expect(denseSizeBits(network)).toBe(denseSizeBits(spiking));
  });

  it.each(['layer', 'channel', 'network'] as const)(
    'trains, exports and is measured from the artifact alone, with a codebook per %s',
    async (group) => {
      const before = tf.memory().numTensors;
      const spec = specOf({ ...whole, quantization: { group } });
      const job = await record(spec);
      const report = reportOf(job);
      expect(report.compressed.accuracy.value).toBeGreaterThan(0.3);
      const { network, weights, decay, threshold } = readArtifact(job.artifact!);
      expect(network.layers.find(({ id }) => id === '2.relu')).toMatchObject({ neuron: 'relu', levels: 5 });
      expect(decay).toEqual({});
      expect(threshold['2.relu']).toHaveLength(group === 'channel' ? 1 : 8);
      if (group !== 'channel')
        for (const layer of Object.values(weights))
          expect(new Set(denseWeights(layer)).size).toBeLessThanOrEqual(4);
      const { accumulates, multiplyAccumulates } = report.compressed.synapticOperations;
      expect(accumulates).toBe(0);
      // What reads zeros does nothing; the image is read whole.
      expect(multiplyAccumulates).toBeLessThan(report.compressed.synapses.nonzero);
      expect(report.compressed.spikeRate).toBeGreaterThan(0);
      expect(report.compressed.spikeRate).toBeLessThan(1);
      const proxy = report.energy.find(({ model }) => model === 'synaptic-operations-proxy')!;
      expect(proxy.compressed).toBeCloseTo(multiplyAccumulates * 4.6e-12, 15);
      const integers = report.energy.find(({ model }) => model === 'synaptic-operations-proxy, int8')!;
      expect(integers.compressed).toBeCloseTo(multiplyAccumulates * 0.23e-12, 15);
      const models = report.fit.limits.find(({ name }) => name === 'neuron.models')!;
      expect(models).toMatchObject({ verdict: 'does-not-fit', explanation: expect.stringContaining('relu') });
      expect(report.notes.join(' ')).toContain('ANN twin');
      expect(tf.memory().numTensors).toBe(before);
    },
    120_000,
  );

  it('goes on to the same bits from every checkpoint, pruned too', async () => {
    const pruning = {
      budget: { kind: 'fraction' as const, value: 0.3 },
      samples: 16,
      steps: 1,
      recoveryEpochs: 0.5,
      compensation: 'least-squares' as const,
    };
    const spec = specOf({ quantization: { temperature: 1 }, pruning });
    const job = await record(spec, { checkpointIntervalMs: 20 });
    for (const phase of ['pretrain', 'cluster', 'prune', 'finetune']) {
      const within = job.checkpoints.find(({ draft }) => draft.phase === phase && draft.step > 0)!;
      expect((await record(spec, { resume: within.bytes })).artifact, phase).toEqual(job.artifact);
    }
    expect(reportOf(job).delta.neuronsRemoved).toBeGreaterThan(0.1);
  }, 120_000);

  it.each(['taylor', 'magnitude', 'random'])(
    'is pruned by %s, by operations and by synapses',
    async (technique) => {
      for (const more of [
        { budget: { kind: 'fraction' as const, value: 0.3 }, cost: 'synops' as const },
        { budget: { kind: 'fraction' as const, value: 0.5 }, unit: 'synapse' as const },
      ]) {
        const pruning = { technique, samples: 16, steps: 1, recoveryEpochs: 0.5, ...more };
        const report = reportOf(await record(specOf({ quantization: { technique: 'none' }, pruning })));
        expect(report.compressed.weights.nonzero).toBeLessThan(report.baseline.weights.nonzero);
      }
    },
    120_000,
  );

  it('without batch norm, with average pools and ReLUs as the read-out', async () => {
    const report = reportOf(await record(specOf(whole, '8C3-IF-AP2-FC10-BN-IF')));
    expect(report.compressed.accuracy.value).toBeGreaterThan(0.3);
    expect(report.compressed.synapticOperations.accumulates).toBe(0);
  }, 120_000);

  it('has no integers to run in: the executor says what to do', async () => {
    const { artifact } = await record(specOf(whole, 'FC10-BN-LIF'));
    expect(() => toIntegerNetwork(readArtifact(artifact!))).toThrow(
      expect.objectContaining({
        code: 'spec.activation-invalid',
        errors: [expect.objectContaining({ pointer: '/model/activation' })],
      }),
    );
  }, 60_000);
});
