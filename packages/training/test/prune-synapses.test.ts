import type { JobRequest } from '@spikefit/contracts';
import { runIntegerNetwork, toIntegerNetwork } from '@spikefit/hardware';
import { readArtifact, readSafetensors } from '@spikefit/interchange';
import { denseWeights, presentSynapses } from '@spikefit/snn';
import { nativeAddonStatus, registerNativeBackend } from '@spikefit/tfjs-native';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { deserializeState } from '../src/state.ts';
import { type Recorded, record, reportOf, tinySpec } from './harness.ts';

beforeAll(async () => {
  if (nativeAddonStatus().available) registerNativeBackend({ threads: 2 });
  await tf.setBackend(nativeAddonStatus().available ? 'native' : 'cpu');
});

type Pruning = NonNullable<NonNullable<JobRequest['method']>['pruning']>;
const spec = (pruning: Pruning, quantization?: { technique?: string; levels?: number }) =>
  tinySpec({
    model: { architecture: '6C3-BN-LIF-MP2-FC10', timeSteps: 2 },
    dataset: { id: 'fashion-mnist', trainSamples: 200, testSamples: 40 },
    training: { pretrainEpochs: 1, catEpochs: 1, finetuneEpochs: 2, batchSize: 20, augmentation: 'none' },
    method: {
      ...(quantization === undefined ? {} : { quantization }),
      pruning: { unit: 'synapse', samples: 16, steps: 2, recoveryEpochs: 0.5, ...pruning },
    },
  });
/** 6 · 9 and 6 · 14² · 10 weights. */
const all = 54 + 11_760;

const maskOf = ({ bitmap, shape }: { bitmap: string; shape: number[] }) => {
  const bytes = Buffer.from(bitmap, 'base64');
  return Uint8Array.from(
    { length: shape.reduce((a, b) => a * b, 1) },
    (_, i) => (bytes[i >> 3]! >> (i & 7)) & 1,
  );
};

describe('a job that prunes synapses', () => {
  const asked = spec({ budget: { kind: 'fraction', value: 0.9 } });
  let whole: Recorded;
  beforeAll(async () => {
    whole = await record(asked);
  }, 120_000);

  it('leaves the asked-for share, and counts and stores no more', () => {
    const report = reportOf(whole);
    const left = all - Math.ceil(0.9 * all);
    expect(report.compressed.weights.stored).toBe(left);
    expect(report.compressed.weights.nonzero).toBeLessThanOrEqual(left);
    expect(report.compressed.synapses.stored).toBeLessThan(report.baseline.synapses.stored);
    expect(report.layers.reduce((sum, { weights }) => sum + weights.after.stored, 0)).toBe(left);
    expect(report.layers.reduce((sum, { synapses }) => sum + synapses.after.stored, 0)).toBe(
      report.compressed.synapses.stored,
    );
    expect(report.compressed.channels).toBe(report.baseline.channels);
    expect(report.quantization.distinctValuesPerGroup).toBeLessThanOrEqual(4);
    expect(report.compressed.size.parts.masks).toBeGreaterThan(0);
    expect(report.compressed.size.parts.indices).toBeLessThanOrEqual(2 * left + 2 * 7);
    expect(report.artifact.format).toBe('spikefit/2');
  });

  it('shows masks in its checkpoints as the artifact has them, and never more than before', () => {
    const { weights } = readArtifact(whole.artifact!);
    const rows = whole.checkpoints.map(({ draft }) => draft.masks).filter((masks) => masks.length > 0);
    for (const row of rows.at(-1)!) {
      expect(row.unit).toBe('synapse');
      expect(row.shape).toEqual(weights[row.layer]!.shape);
      expect(maskOf(row)).toEqual(presentSynapses(weights[row.layer]!));
      expect(row.kept).toBe(maskOf(row).reduce((sum, one) => sum + one, 0));
    }
    for (const [position, masks] of rows.entries()) {
      for (const [index, row] of masks.entries()) {
        const before = maskOf(rows[Math.max(0, position - 1)]![index]!);
        expect(maskOf(row).every((one, i) => one <= before[i]!)).toBe(true);
      }
    }
    const kept = whole.checkpoints
      .at(-1)!
      .draft.codebooks.map(({ counts }) => counts.reduce((a, b) => a + b, 0));
    expect(kept.reduce((a, b) => a + b, 0)).toBe(reportOf(whole).compressed.weights.stored);
  });

  it('keeps weights and moments of pruned synapses at 0', () => {
    const state = deserializeState(whole.checkpoints.at(-2)!.bytes);
    expect(state.phase).toBe('finetune');
    for (const [id, mask] of Object.entries(state.synapses)) {
      for (const tensors of [state.parameters, state.firstMoments, state.secondMoments]) {
        const { data } = tensors[`${id}/weights`]!;
        expect(data.every((value, i) => mask[i] === 1 || Object.is(value, 0))).toBe(true);
      }
    }
  });

  it('gives the same artifact and masks when it goes on from any checkpoint', async () => {
    for (const [index, { bytes }] of whole.checkpoints.entries()) {
      if (index % 3 !== 1) continue;
      const resumed = await record(asked, { resume: bytes });
      expect(Buffer.compare(resumed.artifact!, whole.artifact!), `checkpoint ${index + 1}`).toBe(0);
    }
    const stopped = await record(asked, { stopAfterSteps: 60 });
    const resumed = await record(asked, { resume: stopped.checkpoints.at(-1)!.bytes });
    expect(Buffer.compare(resumed.artifact!, whole.artifact!)).toBe(0);
  }, 240_000);

  it('leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    await record(asked);
    expect(tf.memory().numTensors).toBe(before);
  }, 60_000);

  it('runs in integers, where absent synapses are 0', () => {
    const folded = readArtifact(whole.artifact!);
    const integers = toIntegerNetwork(folded);
    for (const { block, codes } of integers.blocks) {
      const { present, codebook } = folded.weights[block.weight.id]!;
      expect(
        [...codes].every((code, i) =>
          present![i] === 1 ? code === codebook!.groups[0]!.codes[codebook!.indices[i]!] : code === 0,
        ),
      ).toBe(true);
    }
    const { logits } = runIntegerNetwork(integers, [new Int32Array(784).fill(90)]);
    expect(logits.every(Number.isFinite)).toBe(true);
  });
});

describe('budgets of synapses', () => {
  it('hold as they are counted', async () => {
    const connections = reportOf(await record(spec({ budget: { kind: 'synapses', value: 20_000 } })));
    expect(connections.compressed.synapses.stored).toBeLessThanOrEqual(20_000);
    expect(connections.compressed.synapses.stored).toBeGreaterThan(19_000);
    const limit = 12_000;
    const sized = reportOf(
      await record(spec({ technique: 'taylor', budget: { kind: 'size', value: limit } })),
    );
    expect(sized.compressed.size.bits).toBeLessThanOrEqual(limit);
    expect(sized.compressed.size.bits).toBeGreaterThan(limit - 60);
  }, 120_000);

  it('count operations as they are after the last step', async () => {
    const dense = reportOf(await record(spec({ technique: 'none' })));
    const { accumulates, multiplyAccumulates } = dense.compressed.synapticOperations;
    const value = 0.3 * (accumulates + multiplyAccumulates);
    const job = await record(spec({ technique: 'random', budget: { kind: 'synops', value } }));
    const pruned = reportOf(job).compressed.synapticOperations;
    expect(pruned.accumulates + pruned.multiplyAccumulates).toBeLessThan(1.5 * value);
  }, 120_000);

  it('take floats too', async () => {
    const job = await record(
      spec({ technique: 'magnitude', budget: { kind: 'fraction', value: 0.95 } }, { technique: 'none' }),
    );
    const { weights } = readArtifact(job.artifact!);
    const values = Object.values(weights).flatMap((one) => [...denseWeights(one)]);
    expect(values.filter((value) => value !== 0).length).toBe(all - Math.ceil(0.95 * all));
    expect(readSafetensors(job.artifact!).metadata.format).toBe('spikefit/2');
  }, 120_000);
});
