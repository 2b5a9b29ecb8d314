import { allUnits, planPruning, pruneParameters, type ScoreBatch, scoreUnits } from '@spikefit/compression';
import { disposeTensors, forward, type HostParameters, parameterNames } from '@spikefit/snn';
import { type KeptUnits, prunableLayers, pruneNetwork, randomStream } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import { readBatch, withBatch } from '../batches.ts';
import { runEpoch } from '../epochs.ts';
import { imagesPerPass } from '../network-figures.ts';
import { readAndDispose, type Tensors, withEffectiveParameters } from '../parameters.ts';
import type { PhasePlan } from '../plan.ts';
import { quantizedWeights, readLatents, useWeights } from '../quantization.ts';
import type { Session } from '../session.ts';
import { streamOf } from '../streams.ts';
import { closeEpoch } from './train.ts';

/**
 * FSC pruning: `steps` rounds, each of which scores the units, removes the least important down to the cubic
 * schedule's budget, recalibrates the batch norms and trains a little to recover.
 */
export async function runPrunePhase(session: Session, plan: PhasePlan): Promise<void> {
  const { state } = session;
  while (state.epoch < plan.epochs) {
    if (!state.pruned) {
      await removeUnits(session, plan);
      state.pruned = true;
    }
    const speed = await runEpoch(session, plan);
    state.pruned = false;
    await closeEpoch(session, plan, speed);
    await session.checkpoint();
  }
}

async function removeUnits(session: Session, plan: PhasePlan): Promise<void> {
  const { state, spec, ports } = session;
  const samples = chooseScoreSamples(session);
  const scores = await withNetwork(session, (parameters, weights) =>
    scoreUnits({ network: session.network, parameters, batches: batchesOf(session, samples), ...weights }),
  );
  const dense = spec.network;
  const keptNow: KeptUnits = { ...allUnits(dense), ...state.kept };
  const kept = planPruning({
    dense,
    keptNow,
    scores,
    budget: spec.pruning.budget,
    step: state.epoch + 1,
    steps: plan.epochs,
    floors: spec.pruning,
  });
  await session.download();
  const network = session.network;
  const prune = (parameters: HostParameters): HostParameters =>
    pruneParameters({ network, keptNow, keptNext: kept, parameters });
  state.parameters = prune(state.parameters);
  state.firstMoments = prune(state.firstMoments);
  state.secondMoments = prune(state.secondMoments);
  state.kept = kept;
  state.network = pruneNetwork(dense, kept);
  session.upload();
  await recalibrate(session, samples);
  ports.emit('pruning.stepped', {
    step: state.epoch + 1,
    steps: plan.epochs,
    kept: Object.fromEntries(Object.entries(kept).map(([id, units]) => [id, units.length])),
    of: Object.fromEntries(prunableLayers(dense).map(({ id, units }) => [id, units])),
  });
}

function chooseScoreSamples({ spec, state, samples }: Session): Int32Array {
  const indices = samples.train.slice();
  randomStream(spec.seed, 'fsc', state.epoch).shuffle(indices);
  return indices.subarray(0, Math.min(spec.pruning.samples, indices.length));
}

/** Samples per backward pass of the scores, and per forward pass of the recalibration. */
const scoreBatchOf = (session: Session): number => imagesPerPass(session.network, 64);

async function* batchesOf(session: Session, indices: Int32Array): AsyncGenerator<ScoreBatch> {
  const { ports, spec, state } = session;
  const scoreBatch = scoreBatchOf(session);
  for (let from = 0; from < indices.length; from += scoreBatch) {
    await ports.breathe();
    const { images, labels } = readBatch(
      ports.dataset.train,
      indices,
      from,
      Math.min(indices.length, from + scoreBatch),
    );
    yield { input: images, labels, stream: streamOf('scores', spec.seed, state.epoch, from) };
  }
}

/** The present network as `forward` takes it. */
function withNetwork<T>(
  session: Session,
  work: (parameters: Tensors, weights: ReturnType<typeof useWeights>) => Promise<T>,
): Promise<T> {
  const { spec, state, network } = session;
  return withEffectiveParameters(session.parameters, async (parameters) => {
    const latents = await readLatents(session.parameters);
    const quantized = quantizedWeights(spec, network, session.parameters, state.frozen, latents);
    try {
      return await work(parameters, useWeights(quantized));
    } finally {
      if (quantized) disposeTensors(quantized);
    }
  });
}

/** Replaces the running statistics by the mean of the batches' statistics, weighted by their size: the removed inputs no longer count. */
async function recalibrate(session: Session, indices: Int32Array): Promise<void> {
  const { state, spec, ports, network } = session;
  const scoreBatch = scoreBatchOf(session);
  const batches = Math.ceil(indices.length / scoreBatch);
  const sums: Record<string, Float64Array> = {};
  await withNetwork(session, async (parameters, weights) => {
    for (let index = 0; index < batches; index++) {
      const from = index * scoreBatch;
      const batch = readBatch(
        ports.dataset.train,
        indices,
        from,
        Math.min(indices.length, from + scoreBatch),
      );
      await withBatch(batch, async () => {
        const statistics = tf.tidy(() => {
          const { batchStatistics } = forward(network, parameters, batch.images, {
            training: true,
            countSpikes: false,
            stream: streamOf('recalibration', spec.seed, state.epoch, index),
            ...weights,
          });
          return Object.fromEntries(
            Object.entries(batchStatistics).flatMap(([id, { mean, variance }]) => [
              [parameterNames.mean(id), mean],
              [parameterNames.variance(id), variance],
            ]),
          ) as Tensors;
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
