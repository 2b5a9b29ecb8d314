import { planPruning, pruneParameters, scoreUnits } from '@spikefit/compression';
import { forward, type HostParameters } from '@spikefit/snn';
import { type KeptUnits, prunableLayers, pruneNetwork, randomStream } from '@spikefit/specification';
import * as tf from '@tensorflow/tfjs-core';
import { disposeBatch, readBatch } from '../batches.ts';
import { runEpoch } from '../epochs.ts';
import { disposeAll, effectiveParameters, type Tensors } from '../parameters.ts';
import type { PhasePlan } from '../plan.ts';
import { weightQuantizer } from '../quantization.ts';
import type { Session } from '../session.ts';
import { closeEpoch } from './train.ts';

/** Samples per backward pass of the scores, and per forward pass of the recalibration. */
const scoreBatch = 64;

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
    await closeEpoch(session, plan, speed);
    state.pruned = false;
    await session.checkpoint();
  }
}

async function removeUnits(session: Session, plan: PhasePlan): Promise<void> {
  const { state, spec, ports } = session;
  const indices = session.samples.train.slice();
  randomStream(spec.seed, 'fsc', state.epoch).shuffle(indices);
  const samples = indices.subarray(0, Math.min(spec.pruning.samples, indices.length));
  const scores = await withEffective(session, (parameters) => {
    const quantize = weightQuantizer(spec, state, session.parameters);
    return scoreUnits({
      network: session.network,
      parameters,
      ...(quantize ? { weights: quantize } : {}),
      stream: { seed: spec.seed, epoch: -2, batch: state.epoch },
      batches: batchesOf(session, samples),
      breathe: ports.breathe,
    });
  });
  const dense = spec.network;
  const kept = planPruning({
    dense,
    kept: allKept(session),
    scores,
    budget: spec.pruning.budget,
    step: state.epoch + 1,
    steps: plan.epochs,
    floor: { units: spec.pruning.floorUnits, fraction: spec.pruning.floorFraction },
  });
  session.download();
  const before = session.network;
  const prune = (tensors: HostParameters): HostParameters =>
    pruneParameters({ network: before, keptNow: allKept(session), keptNext: kept, parameters: tensors });
  const parameters = prune(state.parameters);
  const firstMoments = prune(state.firstMoments);
  const secondMoments = prune(state.secondMoments);
  Object.assign(state, { parameters, firstMoments, secondMoments, kept, network: pruneNetwork(dense, kept), frozen: null });
  session.upload();
  await recalibrate(session, samples);
  ports.emit('pruning.stepped', {
    step: state.epoch + 1,
    steps: plan.epochs,
    kept: Object.fromEntries(Object.entries(kept).map(([id, units]) => [id, units.length])),
    of: Object.fromEntries(prunableLayers(dense).map(({ id, units }) => [id, units])),
  });
}

/** The units kept so far; all of them before the first step. */
function allKept(session: Session): KeptUnits {
  return Object.fromEntries(
    prunableLayers(session.spec.network).map(({ id, units }) => [
      id,
      session.state.kept[id] ?? Array.from({ length: units }, (_, unit) => unit),
    ]),
  );
}

function* batchesOf(session: Session, indices: Int32Array): Generator<{ images: tf.Tensor4D; labels: tf.Tensor1D }> {
  for (let from = 0; from < indices.length; from += scoreBatch) {
    const batch = readBatch(session.ports.dataset.train, indices, from, Math.min(indices.length, from + scoreBatch));
    try {
      yield batch;
    } finally {
      disposeBatch(batch);
    }
  }
}

async function withEffective<T>(session: Session, work: (parameters: Tensors) => T | Promise<T>): Promise<T> {
  const parameters = effectiveParameters(session.parameters);
  const made = Object.fromEntries(Object.entries(parameters).filter(([name]) => !(name in session.parameters))) as Tensors;
  try {
    return await work(parameters);
  } finally {
    disposeAll(made);
  }
}

/** Replaces the running statistics by the mean of the batches' statistics: the removed inputs no longer count. */
async function recalibrate(session: Session, indices: Int32Array): Promise<void> {
  const { state, spec, ports } = session;
  const batches = [...Array(Math.ceil(indices.length / scoreBatch)).keys()];
  const sums: Tensors = {};
  await withEffective(session, async (parameters) => {
    const quantize = weightQuantizer(spec, state, session.parameters);
    for (const index of batches) {
      const from = index * scoreBatch;
      const batch = readBatch(ports.dataset.train, indices, from, Math.min(indices.length, from + scoreBatch));
      const added = tf.tidy(() => {
        const { batchStatistics } = forward(session.network, parameters, batch.images, {
          training: true,
          stream: { seed: spec.seed, epoch: -3, batch: index },
          ...(quantize ? { weights: quantize } : {}),
        });
        const next: Tensors = {};
        for (const [id, statistics] of Object.entries(batchStatistics)) {
          for (const which of ['mean', 'variance'] as const) {
            const name = `${id}/${which}`;
            const share = tf.div(statistics[which], batches.length);
            next[name] = sums[name] ? tf.add(sums[name], share) : share;
          }
        }
        return next;
      });
      disposeAll(sums);
      Object.assign(sums, added);
      disposeBatch(batch);
      await ports.breathe();
    }
  });
  for (const [name, tensor] of Object.entries(sums)) session.replace('parameters', name, tensor);
}
