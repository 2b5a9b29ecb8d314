/** One job from one seed on every backend that is here: it learns the same, within rounding. */
import type { ResolvedSpec } from '@spikefit/contracts';
import { findSwiftShader, skipAloud } from '@spikefit/testkit';
import { nativeAddonStatus, registerNativeBackend } from '@spikefit/tfjs-native';
import { registerTensorflowBackend, tensorflowStatus } from '@spikefit/tfjs-tensorflow';
import { registerWebgpuBackend } from '@spikefit/tfjs-webgpu';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { type Recorded, record, reportOf, tinySpec } from './harness.ts';

/**
 * How far the mean loss of an epoch of `pretrain` may lie from that on `native`, as a share of it. It lies 1e-8 off as long
 * as no spike falls to the other side of its threshold by a rounding error; one that does changes the loss of its image.
 */
const tolerance = 0.01;
/** Two epochs on the pruned network: which units are removed may hang on such a spike. */
const looseTolerance = 0.1;

const training = { pretrainEpochs: 2, batchSize: 20, augmentation: 'none' as const };
const convolutional = () => tinySpec({ training: { ...training, catEpochs: 2, finetuneEpochs: 2 } });
/** A software adapter takes seconds for convolutions of this size; packages/snn/test/webgpu.test.ts has smaller ones. */
const dense = () =>
  tinySpec({
    model: { architecture: 'FC16-LIF-FC10', timeSteps: 2 },
    dataset: { id: 'fashion-mnist', trainSamples: 44, testSamples: 20 },
    method: {
      pruning: { budget: { kind: 'fraction', value: 0.4 }, samples: 20, steps: 1, recoveryEpochs: 0.5 },
    },
    training: { ...training, catEpochs: 1, finetuneEpochs: 1 },
  });

async function onOwnBackend(spec: ResolvedSpec): Promise<Recorded> {
  if (nativeAddonStatus().available) registerNativeBackend({ threads: 2 });
  await tf.setBackend(nativeAddonStatus().available ? 'native' : 'cpu');
  return record(spec);
}

const losses = ({ events }: Recorded): { epoch: string; loss: number }[] =>
  events
    .filter(({ type }) => type === 'epoch.completed')
    .map(({ data }) => ({ epoch: `${data.phase} ${data.epoch}`, loss: Number(data.loss) }));

/** Runs the job on the present backend. */
async function expectTheSameLearning(spec: ResolvedSpec, own: Recorded): Promise<void> {
  const before = tf.memory().numTensors;
  const other = await record(spec);
  expect(tf.memory().numTensors).toBe(before);
  const expected = losses(own);
  const got = losses(other);
  expect(got.map(({ epoch }) => epoch)).toEqual(expected.map(({ epoch }) => epoch));
  expect(got.length).toBeGreaterThanOrEqual(5);
  for (const [i, { epoch, loss }] of got.entries()) {
    const share = epoch.startsWith('pretrain') ? tolerance : looseTolerance;
    expect(Math.abs(loss / expected[i]!.loss - 1), epoch).toBeLessThan(share);
  }
  expect(got[1]!.loss).toBeLessThan(got[0]!.loss);
  const [report, ownReport] = [reportOf(other), reportOf(own)];
  expect(report.compressed.channels).toBe(ownReport.compressed.channels);
  expect(report.quantization.distinctValuesPerGroup).toBe(4);
}

it('a whole job learns on tensorflow as on native', async (context) => {
  const status = tensorflowStatus();
  if (!status.available) return skipAloud(context, status.reason);
  const own = await onOwnBackend(convolutional());
  process.env.TF_CPP_MIN_LOG_LEVEL = '1';
  registerTensorflowBackend({ device: 'cpu' });
  await expectTheSameLearning(convolutional(), own);
}, 240_000);

it('a whole job learns on webgpu as on native', async (context) => {
  const swiftShader = findSwiftShader();
  if (!swiftShader.available) return skipAloud(context, swiftShader.reason);
  const own = await onOwnBackend(dense());
  Object.assign(process.env, swiftShader.environment);
  swiftShader.loadVulkan();
  await registerWebgpuBackend({ device: 'cpu' });
  await expectTheSameLearning(dense(), own);
}, 240_000);
