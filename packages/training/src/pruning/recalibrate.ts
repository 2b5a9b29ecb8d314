import { forward, namedStatistics, unbiasedStatistics } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import { readBatch, withBatch } from '../batches.ts';
import { readAndDispose } from '../parameters.ts';
import type { Session } from '../session.ts';
import { streamOf } from '../streams.ts';
import { calibrationBatch, withNetwork } from './calibration.ts';

/** Replaces the running statistics by the mean of the batches' statistics, weighted by their size: the removed inputs no longer count. */
export async function recalibrate(session: Session, indices: Int32Array): Promise<void> {
  const { state, spec, ports, network } = session;
  const size = calibrationBatch(session);
  const batches = Math.ceil(indices.length / size);
  const sums: Record<string, Float64Array> = {};
  await withNetwork(session, async (parameters, weights) => {
    for (let index = 0; index < batches; index++) {
      const from = index * size;
      const to = Math.min(indices.length, from + size);
      const batch = readBatch(ports.dataset.train, indices, from, to, network);
      await withBatch(batch, async () => {
        const statistics = tf.tidy(() => {
          const { batchStatistics } = forward(network, parameters, batch.images, {
            training: true,
            countSpikes: false,
            stream: streamOf('recalibration', spec.seed, state.epoch, index),
            ...weights,
          });
          return unbiasedStatistics(namedStatistics(batchStatistics));
        });
        for (const [name, values] of Object.entries(await readAndDispose(statistics))) {
          accumulate(sums, name, values, batch.hostLabels.length);
        }
      });
      await ports.breathe();
    }
  });
  for (const [name, sum] of Object.entries(sums)) {
    session.replaceParameter(name, tf.tensor1d(Float32Array.from(sum, (value) => value / indices.length)));
  }
}

function accumulate(
  sums: Record<string, Float64Array>,
  name: string,
  values: Float32Array,
  weight: number,
): void {
  sums[name] ??= new Float64Array(values.length);
  const sum = sums[name];
  for (const [i, value] of values.entries()) sum[i]! += weight * value;
}
