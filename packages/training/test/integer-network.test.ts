/**
 * An exported network in integers against the same constants in floats, spike for spike. The float side is written with
 * tensors and knows nothing of the integer side but its rounded constants.
 */
import { isWeightLayer, type JobRequest, type Network } from '@spikefit/contracts';
import { type IntegerNetwork, runIntegerNetwork, toIntegerNetwork } from '@spikefit/hardware';
import { readArtifact } from '@spikefit/interchange';
import '@tensorflow/tfjs-backend-cpu';
import { nativeAddonStatus, registerNativeBackend } from '@spikefit/tfjs-native';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { barImages, record, tinySpec } from './harness.ts';

beforeAll(async () => {
  if (nativeAddonStatus().available) registerNativeBackend({ threads: 2 });
  await tf.setBackend(nativeAddonStatus().available ? 'native' : 'cpu');
});

type Spikes = Record<string, Float32Array>;

/** Σ codes · input of a block on the grid of its potential: [B, …, units], bias included, behind its pools. */
function charges(
  { block, codes, fractionBits, bias }: IntegerNetwork['blocks'][number],
  x: tf.Tensor,
): tf.Tensor {
  const { weight, poolsBeforeNeuron } = block;
  const units = weight.outputShape[2];
  const unitsLast = tf.transpose(tf.tensor2d(Float32Array.from(codes), [units, codes.length / units]));
  let sums: tf.Tensor =
    weight.kind === 'dense'
      ? tf.matMul(tf.reshape(x, [x.shape[0]!, -1]), unitsLast as tf.Tensor2D)
      : tf.conv2d(
          x as tf.Tensor4D,
          tf.reshape(unitsLast, [weight.kernel, weight.kernel, weight.inputShape[2], units]) as tf.Tensor4D,
          weight.stride,
          'same',
        );
  for (const { kind, size } of poolsBeforeNeuron) sums = window(kind, sums, size);
  return tf.add(tf.mul(sums, 2 ** fractionBits), tf.tensor1d(Float32Array.from(bias)));
}

/** An average pool is a sum: its division is in the reader's unit. */
const window = (kind: string, x: tf.Tensor, size: number): tf.Tensor =>
  kind === 'maxPool'
    ? tf.maxPool(x as tf.Tensor4D, size, size, 'valid')
    : tf.mul(tf.avgPool(x as tf.Tensor4D, size, size, 'valid'), size * size);

/** All images at once, [B, H, W, C] codes; the leak falls to the grid, as the integers' does. */
function runFloats(
  { network, blocks }: IntegerNetwork,
  images: tf.Tensor4D,
): { spikes: Spikes; classes: Int32Array } {
  return tf.tidy(() => {
    const fired: Record<string, tf.Tensor[]> = {};
    const potentials: Record<string, tf.Tensor> = {};
    let readOut: tf.Tensor = tf.scalar(0);
    const { comparison, decayInput, reset: mode } = network.neuron;
    for (let t = 0; t < network.timeSteps; t++) {
      let x: tf.Tensor = images;
      for (const one of blocks) {
        const { block, threshold, reset, decay, decayBits } = one;
        const charge = charges(one, x);
        if (block.neuron === null) {
          readOut = tf.add(readOut, tf.mul(charge, tf.tensor1d(Float32Array.from(one.unit))));
          continue;
        }
        const { id, neuron } = block.neuron;
        const rest = tf.tensor1d(Float32Array.from(reset));
        const limit = tf.tensor1d(Float32Array.from(threshold));
        const v = potentials[id] ?? tf.add(tf.zerosLike(charge), rest);
        const leak = (amount: tf.Tensor) => tf.floor(tf.mul(amount, decay / 2 ** decayBits));
        const away = tf.sub(v, rest);
        const h =
          neuron === 'if'
            ? tf.add(v, charge)
            : decayInput
              ? tf.add(v, leak(tf.sub(charge, away)))
              : tf.add(tf.sub(v, leak(away)), charge);
        const s = comparison === 'ge' ? tf.greaterEqual(h, limit) : tf.greater(h, limit);
        const fires = tf.cast(s, 'float32');
        const { outputShape } = block.neuron;
        const spikes =
          one.present === null
            ? fires
            : tf.mul(fires, tf.tensor(Float32Array.from(one.present), outputShape));
        potentials[id] =
          mode === 'hard' ? tf.where(s, tf.add(tf.zerosLike(h), rest), h) : tf.sub(h, tf.mul(spikes, limit));
        fired[id] = [...(fired[id] ?? []), spikes];
        x = spikes;
        for (const { kind, size } of block.poolsAfterNeuron) x = window(kind, x, size);
      }
    }
    const spikes = Object.fromEntries(
      Object.entries(fired).map(([id, steps]) => [id, tf.stack(steps, 1).dataSync() as Float32Array]),
    );
    return { spikes, classes: tf.argMax(readOut, -1).dataSync() as Int32Array };
  });
}

async function exported(
  request: Partial<JobRequest>,
): Promise<{ integer: IntegerNetwork; network: Network }> {
  const folded = readArtifact((await record(tinySpec(request))).artifact!);
  return { integer: toIntegerNetwork(folded), network: folded.network };
}

const short = {
  pretrainEpochs: 2,
  catEpochs: 1,
  finetuneEpochs: 1,
  batchSize: 20,
  augmentation: 'none',
} as const;

const cases: [string, Partial<JobRequest>, number][] = [
  ['LIF with batch norm and max pools', { training: short }, 1000],
  [
    'IF, soft reset, an average pool, a codebook per channel',
    {
      model: {
        architecture: '6C3-BN-IF-AP2-6C3S2-IF-FC12-IF-FC10',
        timeSteps: 3,
        neuron: { reset: 'soft', comparison: 'gt' },
      },
      method: { quantization: { group: 'channel' }, pruning: { technique: 'none' } },
      training: short,
    },
    100,
  ],
  [
    'LIF whose input decays, pools before neurons, no power of two',
    {
      model: {
        architecture: '6C3-BN-MP2-LIF-5C3-BN-AP2-LIF-FC10',
        timeSteps: 3,
        neuron: { tau: 3, decayInput: true },
      },
      method: { quantization: { levels: 8, bits: 5 }, pruning: { technique: 'none' } },
      training: short,
    },
    100,
  ],
  [
    'single neurons pruned, before pools and behind them, and units of an FC',
    {
      model: { architecture: '6C3-BN-LIF-MP2-5C3-BN-AP2-LIF-FC12-LIF-FC10', timeSteps: 3 },
      method: {
        pruning: {
          unit: 'neuron',
          budget: { kind: 'fraction', value: 0.6 },
          samples: 32,
          steps: 2,
          recoveryEpochs: 0.5,
        },
      },
      training: short,
    },
    100,
  ],
];

it.each(cases)(
  '%s: every spike and every class agree',
  async (_, request, count) => {
    const { integer, network } = await exported(request);
    const { images } = barImages(count, 5);
    const size = images.length / count;
    const codes = (n: number) => Int32Array.from(images.subarray(n * size, (n + 1) * size));
    const batch = 100;
    let differing = 0;
    let spikesSeen = 0;
    for (let from = 0; from < count; from += batch) {
      const input = tf.tensor4d(Float32Array.from(images.subarray(from * size, (from + batch) * size)), [
        batch,
        ...network.inputShape,
      ]);
      const floats = runFloats(integer, input);
      input.dispose();
      for (let n = 0; n < batch; n++) {
        const { spikes, logits } = runIntegerNetwork(integer, [codes(from + n)]);
        for (const [id, own] of Object.entries(spikes)) {
          const float = floats.spikes[id]!.subarray(n * own.length, (n + 1) * own.length);
          for (let i = 0; i < own.length; i++) {
            spikesSeen += own[i]!;
            if (own[i] !== float[i]) differing += 1;
          }
        }
        expect(logits.indexOf(Math.max(...logits))).toBe(floats.classes[n]);
      }
    }
    expect(network.layers.filter(isWeightLayer)).toHaveLength(integer.blocks.length);
    expect(spikesSeen).toBeGreaterThan(count);
    expect(differing).toBe(0);
    for (const { block, present } of integer.blocks) {
      const isPruned = request.method?.pruning?.unit === 'neuron' && block.weight.kind === 'conv';
      expect(present?.includes(0) ?? false).toBe(isPruned);
    }
  },
  120_000,
);
