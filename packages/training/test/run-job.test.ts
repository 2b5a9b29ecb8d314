import { type BudgetKind, type JobRequest, Report } from '@spikefit/contracts';
import { readArtifact, readSafetensors, writeSafetensors } from '@spikefit/interchange';
import { denseWeights } from '@spikefit/snn';
import { nativeAddonStatus, registerNativeBackend } from '@spikefit/tfjs-native';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { Value } from 'typebox/value';
import { beforeAll, describe, expect, it } from 'vitest';
import { barImages, type Recorded, record, reportOf, tinySpec } from './harness.ts';

beforeAll(async () => {
  if (nativeAddonStatus().available) registerNativeBackend({ threads: 2 });
  await tf.setBackend(nativeAddonStatus().available ? 'native' : 'cpu');
});

describe('a whole job', () => {
  let whole: Recorded;
  beforeAll(async () => {
    whole = await record(tinySpec());
  }, 120_000);

  it('goes through the phases in order and saves each epoch', () => {
    const started = whole.events.filter(({ type }) => type === 'phase.started').map(({ data }) => data.phase);
    expect(started).toEqual(['prepare', 'pretrain', 'cluster', 'prune', 'finetune', 'export', 'evaluate']);
    const epochs = whole.events
      .filter(({ type }) => type === 'epoch.completed')
      .map(({ data }) => `${data.phase} ${data.epoch}`);
    expect(epochs).toEqual([
      'pretrain 1',
      'pretrain 2',
      'pretrain 3',
      'cluster 1',
      'cluster 2',
      'prune 1',
      'prune 2',
      'finetune 1',
      'finetune 2',
    ]);
    expect(whole.checkpoints.length).toBeGreaterThanOrEqual(epochs.length);
    expect(whole.checkpoints.map(({ draft }) => draft.sequence)).toEqual(
      whole.checkpoints.map((_, i) => i + 1),
    );
  });

  it('learns, keeps four values per layer and removes the asked-for units', () => {
    const report = reportOf(whole);
    expect(report.baseline.accuracy.value).toBeGreaterThan(0.5);
    expect(report.compressed.accuracy.value).toBeGreaterThan(0.4);
    expect(report.quantization.distinctValuesPerGroup).toBe(4);
    expect(report.compressed.channels).toBe(9);
    expect(report.delta.synapsesRemoved).toBeGreaterThan(0.4);
    expect(report.compressed.size.bits).toBeLessThan(report.baseline.size.bits / 10);
  });

  it('reports what its own parts add up to', () => {
    const report = reportOf(whole);
    expect([...Value.Errors(Report, report)]).toEqual([]);
    const neurons = report.layers.filter(({ kind }) => kind === 'neuron');
    expect(neurons.map(({ id }) => id)).toEqual(['2.lif', '6.lif']);
    for (const when of ['before', 'after'] as const) {
      const figures = when === 'before' ? report.baseline : report.compressed;
      const total = neurons.reduce((sum, layer) => sum + layer.neurons[when], 0);
      expect(total).toBe(figures.neurons);
      const spikes = neurons.reduce((sum, layer) => sum + layer.spikeRate[when]! * layer.neurons[when], 0);
      expect(spikes / total).toBeCloseTo(figures.spikeRate, 10);
    }
    const sum = (pick: (layer: (typeof report.layers)[number]) => number) =>
      report.layers.reduce((total, layer) => total + pick(layer), 0);
    expect(sum(({ synapses }) => synapses.before)).toBe(report.baseline.synapses.stored);
    expect(sum(({ synapses }) => synapses.after.stored)).toBe(report.compressed.synapses.stored);
    expect(sum(({ weights }) => weights.after.nonzero)).toBe(report.compressed.weights.nonzero);
    const best = Math.max(
      ...report.history.filter(({ phase }) => phase === 'pretrain').map((e) => e.validationAccuracy),
    );
    expect(best).toBeGreaterThan(0);
  });

  it('describes codebooks and masks in its last checkpoints as the artifact has them', () => {
    const { network, weights, kept } = readArtifact(whole.artifact!);
    const { codebooks, masks } = whole.checkpoints.at(-1)!.draft;
    for (const layer of ['0.conv', '4.conv', '8.fc']) {
      const values = new Set(denseWeights(weights[layer]!));
      const row = codebooks.find((codebook) => codebook.layer === layer)!;
      expect(row.counts.reduce((sum, count) => sum + count, 0)).toBe(denseWeights(weights[layer]!).length);
      for (const value of values)
        expect(row.codes.map((code) => Math.fround(code * row.delta))).toContain(value);
    }
    expect(masks.map(({ kept: count }) => count)).toEqual(
      Object.values(kept).map(({ indices }) => indices.length),
    );
    expect(network.layers.some(({ kind }) => kind === 'batchNorm')).toBe(false);
  });

  it('gives the same artifact and report when it goes on from any checkpoint', async () => {
    for (const [index, { bytes }] of whole.checkpoints.entries()) {
      const resumed = await record(tinySpec(), { resume: bytes });
      expect(resumed.artifact, `checkpoint ${index + 1}`).toEqual(whole.artifact);
      expect(reportOf(resumed)).toEqual(reportOf(whole));
    }
  }, 240_000);

  it('gives the same artifact when it is stopped in the middle of an epoch, again and again', async () => {
    let resume: Uint8Array | undefined;
    let last: Recorded | undefined;
    for (let round = 0; round < 40; round++) {
      last = await record(tinySpec(), { ...(resume ? { resume } : {}), stopAfterSteps: 13 });
      if (last.outcome.status === 'done') break;
      resume = last.checkpoints.at(-1)!.bytes;
    }
    expect(last!.artifact).toEqual(whole.artifact);
  }, 240_000);

  it('gives the same artifact when it is asked to stop after any phase', async () => {
    for (const phase of ['prepare', 'pretrain', 'cluster', 'prune', 'finetune', 'export']) {
      const stopped = await record(tinySpec(), { stopAfterPhase: phase });
      const resumed =
        stopped.outcome.status === 'done'
          ? stopped
          : await record(tinySpec(), { resume: stopped.checkpoints.at(-1)!.bytes });
      expect(stopped.outcome.status, phase).toBe(phase === 'export' ? 'done' : 'stopped');
      expect(resumed.artifact, phase).toEqual(whole.artifact);
    }
  }, 120_000);

  it('gives the same artifact when it is asked to stop while codebooks start', async () => {
    const stopped = await record(tinySpec(), { stopAtStartOf: 'cluster' });
    expect(stopped.outcome.status).toBe('stopped');
    const { phase, epoch, step } = stopped.checkpoints.at(-1)!.draft;
    expect({ phase, epoch, step }).toEqual({ phase: 'cluster', epoch: 0, step: 0 });
    expect(stopped.checkpoints.at(-1)!.draft.codebooks.length).toBeGreaterThan(0);
    const resumed = await record(tinySpec(), { resume: stopped.checkpoints.at(-1)!.bytes });
    expect(resumed.artifact).toEqual((await record(tinySpec())).artifact);
  });

  it('leaves no tensor behind, also when it is stopped while it prunes', async () => {
    const before = tf.memory().numTensors;
    await record(tinySpec());
    await record(tinySpec(), { stopAfterSteps: 90 });
    expect(tf.memory().numTensors).toBe(before);
  }, 60_000);
});

describe('what the result depends on', () => {
  it('not on the labels of the test set, of which only the report knows', async () => {
    const train = barImages(400, 1);
    const test = barImages(100, 2);
    const shuffled = { ...test, labels: test.labels.map((label) => (label + 3) % 10) };
    const right = await record(tinySpec(), { dataset: { train, test } });
    const wrong = await record(tinySpec(), { dataset: { train, test: shuffled } });
    expect(wrong.artifact).toEqual(right.artifact);
    expect(reportOf(wrong).compressed.accuracy.value).not.toBe(reportOf(right).compressed.accuracy.value);
  }, 60_000);

  it.runIf(nativeAddonStatus().available)(
    'not on the number of threads',
    async () => {
      const artifacts = [];
      for (const threads of [1, 3]) {
        registerNativeBackend({ threads });
        await tf.setBackend('native');
        artifacts.push((await record(tinySpec())).artifact);
      }
      registerNativeBackend({ threads: 2 });
      await tf.setBackend('native');
      expect(artifacts[1]).toEqual(artifacts[0]);
    },
    60_000,
  );

  it('on the seed', async () => {
    const one = await record(tinySpec());
    const other = await record(tinySpec({ seed: 4 }));
    expect(other.artifact).not.toEqual(one.artifact);
  }, 60_000);
});

/** What a budget counts, as the report has it. Operations drift a little while training goes on after the last step. */
function amountLeft({ compressed }: Report, kind: BudgetKind): number {
  const { accumulates, multiplyAccumulates } = compressed.synapticOperations;
  const amounts: Partial<Record<BudgetKind, number>> = {
    neurons: compressed.neurons,
    synapses: compressed.synapses.stored,
    size: compressed.size.bits,
    synops: accumulates + multiplyAccumulates,
  };
  return amounts[kind]!;
}

/** A chip with so many neurons, and no other limit. */
const chip = (neurons: number): JobRequest['target'] => ({
  name: 'Small chip',
  neurons: { value: neurons, source: 'test' },
});

describe('a budget that is derived from the target', () => {
  const fitting = (neurons: number) =>
    tinySpec({
      target: chip(neurons),
      method: { pruning: { budget: { kind: 'fit' }, samples: 32, steps: 2, recoveryEpochs: 0.5 } },
    });

  it('prunes no more than it takes', async () => {
    const report = reportOf(await record(fitting(8000)));
    const neurons = report.fit.limits.find(({ name }) => name === 'neurons')!;
    expect(neurons).toMatchObject({ available: 8000, verdict: 'fits' });
    // One more channel of the first layer carries 28 · 28 neurons and the 14 · 14 of its pool.
    expect(neurons.required!).toBeGreaterThan(8000 - 28 * 28 - 14 * 14);
    expect(reportOf(await record(fitting(1e6))).compressed.neurons).toBe(report.baseline.neurons);
  }, 60_000);

  it('says which limit no pruning can meet, and how far it came', async () => {
    await expect(record(fitting(1000))).rejects.toMatchObject({
      code: 'job.cannot-fit',
      detail: expect.stringMatching(/neurons: \d+ of 1000/),
    });
  }, 60_000);
});

describe('variants', () => {
  const variants = [
    [
      'channel codebooks',
      {
        quantization: { group: 'channel' },
        pruning: { budget: { kind: 'synapses', value: 60_000 }, steps: 2, samples: 32 },
      },
    ],
    [
      'one codebook for the network, M = 3',
      { quantization: { group: 'network', levels: 3, bits: 4 }, pruning: { technique: 'none' } },
    ],
    [
      'every code used',
      {
        quantization: { levels: 4, bits: 2 },
        pruning: { budget: { kind: 'neurons', value: 6000 }, steps: 1, samples: 32 },
      },
    ],
    ['pruning alone', { quantization: { technique: 'none' }, pruning: { steps: 1, samples: 32 } }],
    [
      'operations, labels of its own, least squares',
      {
        pruning: {
          technique: 'taylor',
          labels: 'sampled',
          normalization: 'layer',
          compensation: 'least-squares',
          budget: { kind: 'synops', value: 80_000 },
          steps: 2,
          samples: 32,
        },
      },
    ],
    [
      'operations, channels scored together',
      {
        pruning: {
          interactions: true,
          budget: { kind: 'synops', value: 80_000 },
          cost: 'none',
          steps: 2,
          samples: 32,
        },
      },
    ],
    [
      'levels, masks and weights together',
      {
        composition: 'joint',
        pruning: { budget: { kind: 'fraction', value: 0.4 }, steps: 2, samples: 32, recoveryEpochs: 0.5 },
      },
    ],
    [
      'bits of the artifact, by energy',
      { pruning: { budget: { kind: 'size', value: 12_000 }, cost: 'energy', steps: 2, samples: 32 } },
    ],
  ] as const;
  it.each(variants)(
    '%s: the artifact holds what the report says, and resume agrees',
    async (_, method) => {
      const spec = tinySpec({ method: structuredClone(method) as never });
      const whole = await record(spec);
      const report = reportOf(whole);
      if (spec.quantization.technique !== 'none') {
        expect(report.quantization.distinctValuesPerGroup).toBe(spec.quantization.levels);
      }
      const { kind, value } = spec.pruning.budget;
      if (spec.pruning.technique !== 'none' && kind !== 'fraction')
        expect(amountLeft(report, kind)).toBeLessThanOrEqual(value! * (kind === 'synops' ? 1.25 : 1));
      const middle = whole.checkpoints[Math.floor(whole.checkpoints.length / 2)]!;
      expect((await record(spec, { resume: middle.bytes })).artifact).toEqual(whole.artifact);
    },
    120_000,
  );

  it('runs PLIF with rate encoding, dropout and SGD', async () => {
    const spec = tinySpec({
      model: { architecture: '8C3-BN-PLIF-MP2-DP0.2-FC16-IF-FC10', timeSteps: 3, encoder: 'rate' },
      training: {
        pretrainEpochs: 1,
        catEpochs: 1,
        finetuneEpochs: 1,
        batchSize: 20,
        optimizer: 'sgd',
        learningRate: 0.05,
      },
    });
    const whole = await record(spec);
    expect(reportOf(whole).compressed.synapticOperations.multiplyAccumulates).toBe(0);
    expect((await record(spec, { resume: whole.checkpoints[2]!.bytes })).artifact).toEqual(whole.artifact);
  }, 120_000);

  it('keeps the last good checkpoint when the last update of an epoch was the one that went wrong', async () => {
    const spec = tinySpec({
      model: { architecture: 'FC4-LIF-FC10', timeSteps: 1 },
      dataset: { id: 'fashion-mnist', trainSamples: 20, testSamples: 10 },
      training: {
        pretrainEpochs: 1,
        batchSize: 20,
        learningRate: 10,
        optimizer: 'sgd',
        augmentation: 'none',
      },
      method: { quantization: { technique: 'none' }, pruning: { technique: 'none' } },
    });
    spec.training.learningRate = 1e45;
    const saved: string[] = [];
    const run = record(spec, { onCheckpoint: ({ phase }) => saved.push(phase) });
    await expect(run).rejects.toMatchObject({ code: 'job.diverged' });
    expect(saved).toEqual(['pretrain']);
  }, 60_000);

  it('says that training diverged', async () => {
    const first = (await record(tinySpec(), { stopAfterSteps: 3 })).checkpoints.at(-1)!.bytes;
    const { tensors, metadata } = readSafetensors(first);
    tensors.get('parameters:8.fc/bias')!.data[0] = Number.NaN;
    const poisoned = writeSafetensors(Object.fromEntries(tensors), metadata);
    await expect(record(tinySpec(), { resume: poisoned })).rejects.toMatchObject({ code: 'job.diverged' });
  }, 60_000);
});
