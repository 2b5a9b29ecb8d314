import type { ScoreBatch } from '@spikefit/compression';
import { disposeTensors } from '@spikefit/snn';
import { randomStream } from '@spikefit/specification';
import { readBatch } from '../batches.ts';
import { imagesPerPass } from '../network-figures.ts';
import { type Tensors, withEffectiveParameters } from '../parameters.ts';
import { quantizedWeights, readLatents } from '../quantization.ts';
import type { Session } from '../session.ts';
import { streamOf } from '../streams.ts';
import { useMaskedWeights, type WeightsHook } from './masked-weights.ts';

/** The training samples that a pruning step looks at, a function of the seed and the step. */
export const chooseCalibrationSamples = (session: Session): Int32Array =>
  shuffledSamples(session).subarray(0, session.spec.pruning.samples);

/** All training samples in an order of the epoch. */
export function shuffledSamples({ spec, state, samples }: Session): Int32Array {
  const indices = samples.train.slice();
  randomStream(spec.seed, 'fsc', state.epoch).shuffle(indices);
  return indices;
}

/** Samples per backward pass of the scores, and per forward pass of the recalibration. */
export const calibrationBatch = (session: Session): number => imagesPerPass(session.network, 64);

export async function* calibrationBatches(
  session: Session,
  indices: Int32Array,
  size: number = calibrationBatch(session),
): AsyncGenerator<ScoreBatch> {
  const { ports, spec, state } = session;
  for (let from = 0; from < indices.length; from += size) {
    await ports.breathe();
    const to = Math.min(indices.length, from + size);
    const { images, labels } = readBatch(ports.dataset.train, indices, from, to, session.network);
    yield { input: images, labels, stream: streamOf('scores', spec.seed, state.epoch, from) };
  }
}

/** The present network as `forward` takes it. */
export function withNetwork<T>(
  session: Session,
  work: (parameters: Tensors, weights: WeightsHook) => Promise<T>,
): Promise<T> {
  const { spec, state, network } = session;
  return withEffectiveParameters(session.parameters, async (parameters) => {
    const latents = await readLatents(session.parameters);
    const quantized = quantizedWeights(spec, network, session.parameters, state.frozen, latents);
    try {
      return await work(parameters, useMaskedWeights(quantized, session.synapses));
    } finally {
      if (quantized) disposeTensors(quantized);
    }
  });
}
