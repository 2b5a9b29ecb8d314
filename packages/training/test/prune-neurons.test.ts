import { isWeightLayer, type JobRequest } from '@spikefit/contracts';
import { findTarget } from '@spikefit/hardware';
import { readArtifact } from '@spikefit/interchange';
import { nativeAddonStatus, registerNativeBackend } from '@spikefit/tfjs-native';
import '@tensorflow/tfjs-backend-cpu';
import { connectionsBetween, layerPresence, presentNeurons } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { deserializeState } from '../src/state.ts';
import { type Recorded, record, reportOf, tinySpec } from './harness.ts';

beforeAll(async () => {
  if (nativeAddonStatus().available) registerNativeBackend({ threads: 2 });
  await tf.setBackend(nativeAddonStatus().available ? 'native' : 'cpu');
});

type Method = NonNullable<JobRequest['method']>;
const spec = (
  pruning: NonNullable<Method['pruning']>,
  method: Partial<Method> = {},
  target: JobRequest['target'] = { id: 'generic-4-level' },
  model: Partial<JobRequest['model']> = {},
) =>
  tinySpec({
    target,
    model: { architecture: '4C3-BN-LIF-MP2-6C3S2-BN-LIF-FC12-LIF-FC10', timeSteps: 2, ...model },
    dataset: { id: 'fashion-mnist', trainSamples: 200, testSamples: 40 },
    training: { pretrainEpochs: 1, catEpochs: 1, finetuneEpochs: 1, batchSize: 20, augmentation: 'none' },
    method: {
      ...method,
      pruning: { unit: 'neuron', samples: 16, steps: 2, recoveryEpochs: 0.5, ...pruning },
    },
  });
/** 28² · 4, 7² · 6 and 12. */
const all = 3136 + 294 + 12;

const maskOf = ({ bitmap, shape }: { bitmap: string; shape: number[] }) => {
  const bytes = Buffer.from(bitmap, 'base64');
  return Uint8Array.from(
    { length: shape.reduce((a, b) => a * b, 1) },
    (_, i) => (bytes[i >> 3]! >> (i & 7)) & 1,
  );
};
const ones = (mask: Uint8Array) => mask.reduce((sum, one) => sum + one, 0);

describe('a job that prunes neurons', () => {
  const asked = spec({ budget: { kind: 'fraction', value: 0.7 } });
  let whole: Recorded;
  beforeAll(async () => {
    whole = await record(asked);
  }, 120_000);

  it('leaves the asked-for share, and counts and stores no more', () => {
    const report = reportOf(whole);
    const folded = readArtifact(whole.artifact!);
    const left = all - Math.ceil(0.7 * all);
    expect(report.compressed.neurons).toBe(left);
    expect(report.compressed.neuronUpdates).toBe(asked.network.timeSteps * left);
    expect(report.layers.reduce((sum, { neurons }) => sum + neurons.after, 0)).toBe(left);
    const presence = layerPresence(folded.network, folded.neurons);
    const connections = folded.network.layers
      .filter(isWeightLayer)
      .map((layer) => connectionsBetween(layer, presence[layer.id]!));
    expect(report.compressed.synapses.stored).toBe(connections.reduce((a, b) => a + b, 0));
    expect(
      report.layers.flatMap(({ synapses, kind }) =>
        kind.match(/conv|dense/) ? [synapses.after.stored] : [],
      ),
    ).toEqual(connections);
    expect(report.compressed.synapses.nonzero).toBeLessThanOrEqual(report.compressed.synapses.stored);
    expect(report.compressed.size.parts.masks).toBeGreaterThan(0);
    expect(report.artifact.format).toBe('spikefit/3');
    expect(report.compressed.spikeRate).toBeGreaterThan(0);
    for (const { spikeRate } of report.layers) expect(spikeRate.after ?? 0).toBeLessThanOrEqual(1);
  });

  it('shows masks in its checkpoints as the artifact has them, and never more than before', () => {
    const { neurons, kept } = readArtifact(whole.artifact!);
    const rows = whole.checkpoints.map(({ draft }) => draft.masks);
    const last = Object.fromEntries(rows.at(-1)!.map((row) => [row.layer, maskOf(row)]));
    expect(rows.at(-1)!.map(({ layer, unit, shape }) => [layer, unit, shape])).toEqual([
      ['2.lif', 'neuron', [28, 28, 4]],
      ['6.lif', 'neuron', [7, 7, 6]],
      ['8.lif', 'neuron', [1, 1, 12]],
    ]);
    const left = { '0.conv': last['2.lif']!, '4.conv': last['6.lif']!, '7.fc': last['8.lif']! };
    expect(presentNeurons(asked.network, left)).toEqual(neurons);
    expect(kept['7.fc']!.indices.length).toBe(ones(last['8.lif']!));
    for (const [position, masks] of rows.entries())
      for (const [index, row] of masks.entries()) {
        const before = maskOf(rows[Math.max(0, position - 1)]![index]!);
        expect(row.kept).toBe(ones(maskOf(row)));
        expect(maskOf(row).every((one, i) => one <= before[i]!)).toBe(true);
      }
  });

  it('keeps weights and moments that read no neuron at 0', () => {
    const state = deserializeState(whole.checkpoints.at(-2)!.bytes);
    expect(Object.keys(state.synapses)).toEqual(['7.fc']);
    for (const [id, mask] of Object.entries(state.synapses))
      for (const tensors of [state.parameters, state.firstMoments, state.secondMoments])
        expect(tensors[`${id}/weights`]!.data.every((value, i) => mask[i] === 1 || value === 0)).toBe(true);
  });

  it('gives the same artifact when it goes on from any checkpoint', async () => {
    for (const [index, { bytes }] of whole.checkpoints.entries()) {
      if (index % 3 !== 1) continue;
      const resumed = await record(asked, { resume: bytes });
      expect(Buffer.compare(resumed.artifact!, whole.artifact!), `checkpoint ${index + 1}`).toBe(0);
    }
  }, 240_000);

  it('leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    await record(asked);
    expect(tf.memory().numTensors).toBe(before);
  }, 60_000);
});

describe('budgets of neurons', () => {
  it('hold as they are counted: neurons, connections, bits', async () => {
    const counted = reportOf(
      await record(spec({ technique: 'spike-count', budget: { kind: 'neurons', value: 900 } })),
    );
    expect(counted.compressed.neurons).toBe(900);
    const connections = reportOf(
      await record(spec({ technique: 'taylor', budget: { kind: 'synapses', value: 15_000 } })),
    ).compressed.synapses;
    expect(connections.stored).toBeLessThanOrEqual(15_000);
    expect(connections.stored).toBeGreaterThan(14_500);
    const limit = 6000;
    const sized = reportOf(await record(spec({ budget: { kind: 'size', value: limit } })));
    expect(sized.compressed.size.bits).toBeLessThanOrEqual(limit);
    expect(sized.compressed.size.bits).toBeGreaterThan(limit - 200);
  }, 120_000);

  it.each(['synops', 'energy'] as const)(
    'count %s as they are after the last step',
    async (kind) => {
      const dense = reportOf(await record(spec({ technique: 'none' }))).compressed;
      const { accumulates, multiplyAccumulates } = dense.synapticOperations;
      const [accumulate, multiplyAccumulate] = kind === 'energy' ? [0.9e-12, 4.6e-12] : [1, 1];
      const value = 0.3 * (accumulate * accumulates + multiplyAccumulate * multiplyAccumulates);
      const after = reportOf(await record(spec({ budget: { kind, value } }))).compressed.synapticOperations;
      const left = accumulate * after.accumulates + multiplyAccumulate * after.multiplyAccumulates;
      expect(left).toBeLessThan(1.5 * value);
      expect(left).toBeGreaterThan(0.2 * value);
    },
    120_000,
  );

  it('fit: as few go as the target takes', async () => {
    const generic = findTarget('generic-4-level')!;
    const chip = (neurons: number, id: string) => ({
      ...generic,
      id,
      neurons: { value: neurons, kind: 'limit', source: 'test' } as const,
      pooling: { max: 'or-neurons', source: 'test' } as const,
    });
    const report = reportOf(
      await record(spec({ technique: 'random', budget: { kind: 'fit' } }, {}, chip(1500, 'small'))),
    );
    expect(report.fit.verdict).toBe('fits');
    const { required } = report.fit.limits.find(({ name }) => name === 'neurons')!;
    expect(required).toBeGreaterThan(1490);
    // Neurons, integrators of the read-out, and OR neurons of the windows that have a neuron left.
    expect(required!).toBeGreaterThan(report.compressed.neurons + 10 + 300);
    expect(required!).toBeLessThan(report.compressed.neurons + 10 + 14 * 14 * 4);
    await expect(record(spec({ budget: { kind: 'fit' } }, {}, chip(100, 'too-small')))).rejects.toMatchObject(
      { code: 'job.cannot-fit' },
    );
  }, 120_000);
});

describe('neurons and the rest of the method', () => {
  it('are pruned jointly with codebooks per channel', async () => {
    const method = {
      composition: 'joint',
      quantization: { group: 'channel', levels: 3, bits: 4 },
    } as const;
    const job = await record(spec({ budget: { kind: 'fraction', value: 0.85 } }, method));
    const report = reportOf(job);
    expect(report.compressed.neurons).toBe(all - Math.ceil(0.85 * all));
    expect(report.quantization.distinctValuesPerGroup).toBeLessThanOrEqual(3);
    const { bytes } = job.checkpoints.find(({ draft }) => draft.phase === 'finetune')!;
    const resumed = await record(spec({ budget: { kind: 'fraction', value: 0.85 } }, method), {
      resume: bytes,
    });
    expect(Buffer.compare(resumed.artifact!, job.artifact!)).toBe(0);
  }, 120_000);

  it.each(['none', 'k-means', 'lsq'])(
    'are pruned with weights quantised by %s',
    async (technique) => {
      const job = await record(
        spec(
          { technique: 'random', normalization: 'layer', cost: 'synapses' },
          { quantization: { technique } },
        ),
      );
      expect(reportOf(job).compressed.neurons).toBe(all - Math.ceil(0.5 * all));
      const shares = Object.values(readArtifact(job.artifact!).neurons);
      expect(shares.length).toBeGreaterThan(0);
    },
    120_000,
  );

  it('are pruned in the ANN twin, whose outputs are no spikes', async () => {
    const twin = spec({ budget: { kind: 'synops', value: 15_000 } }, {}, undefined, {
      activation: 'quantized-relu',
    });
    const report = reportOf(await record(twin));
    expect(report.compressed.neurons).toBeLessThan(all);
    expect(report.artifact.format).toBe('spikefit/3');
    const { accumulates, multiplyAccumulates } = report.compressed.synapticOperations;
    expect(accumulates + multiplyAccumulates).toBeLessThan(22_500);
  }, 120_000);
});
