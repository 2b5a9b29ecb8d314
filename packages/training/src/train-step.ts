import { pullGradient, smallestGamma } from '@spikefit/compression';
import { CodedError, isWeightLayer } from '@spikefit/contracts';
import {
  crossEntropy,
  defaultAdam,
  forward,
  isTrainable,
  moveStatistics,
  type NamedStatistics,
  namedStatistics,
  parameterNames,
  updateAdam,
  updateSgd,
  valueAndGradients,
} from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import { type Batch, correctFlags, countOnes } from './batches.ts';
import { effectiveParameters } from './parameters.ts';
import { clusteredShare } from './plan.ts';
import { useMaskedWeights } from './pruning/masked-weights.ts';
import { followWeights, isCodebook, type Latents, readLatents, trainedWeights } from './quantization.ts';
import type { Session } from './session.ts';
import { trainingStream } from './streams.ts';

/**
 * Forward, backward and one optimiser update; adds to the running sums of the epoch. What the host wants to know is
 * read when all is under way, and `meanwhile` has run: backends that compute in the background do not wait for it.
 * @throws CodedError job.diverged; the parameters are then of no use
 */
export async function trainStep(
  session: Session,
  batch: Batch,
  learningRate: number,
  meanwhile: () => Promise<void>,
): Promise<void> {
  const { state, network } = session;
  const latents = await readLatents(session.parameters);
  const { loss, logits } = computeStep(session, batch, learningRate, latents);
  const [lossValue, logitValues] = await readAfter(meanwhile, loss, logits);
  if (!Number.isFinite(lossValue)) {
    throw new CodedError(
      'job.diverged',
      `the loss became ${lossValue} in ${state.phase}, epoch ${state.epoch + 1}, step ${state.step + 1}`,
    );
  }
  const count = batch.hostLabels.length;
  state.running.loss += lossValue * count;
  state.running.correct += countOnes(correctFlags(logitValues, batch.hostLabels, network.classes));
  state.running.seen += count;
}

/** The values of loss and logits, which are disposed, once `meanwhile` has run. */
async function readAfter(
  meanwhile: () => Promise<void>,
  loss: tf.Scalar,
  logits: tf.Tensor,
): Promise<[number, Float32Array]> {
  try {
    await meanwhile();
    return [(await loss.data())[0]!, await logits.data<'float32'>()];
  } finally {
    tf.dispose([loss, logits]);
  }
}

function computeStep(
  session: Session,
  batch: Batch,
  learningRate: number,
  latents: Latents,
): { loss: tf.Scalar; logits: tf.Tensor } {
  const { state, spec, network } = session;
  return tf.tidy(() => {
    const trainable = Object.fromEntries(
      Object.entries(session.parameters).filter(([name]) => isTrainable(name)),
    );
    let statisticFactors: NamedStatistics['factors'] = {};
    // Frozen weights no longer move, so nothing is left to pull.
    const pulls = spec.quantization.pull > 0 && state.frozen === null;
    const { loss, gradients, outputs } = valueAndGradients(trainable, () => {
      const clustered = clusteredShare(spec, session.plans, state);
      const quantized = trainedWeights(spec, network, session.parameters, state.frozen, latents, clustered);
      const result = forward(network, effectiveParameters(session.parameters), batch.images, {
        training: true,
        countSpikes: false,
        stream: trainingStream(spec.seed, state.phase, state.epoch, state.step),
        ...useMaskedWeights(quantized, session.synapses),
      });
      const named: Record<string, tf.Tensor> = { logits: result.logits };
      if (pulls)
        for (const [id, weights] of Object.entries(quantized ?? {})) named[quantizedName(id)] = weights;
      const { tensors, factors } = namedStatistics(result.batchStatistics);
      statisticFactors = factors;
      Object.assign(named, tensors);
      return { loss: crossEntropy(result.logits, batch.labels, network.classes), outputs: named };
    });

    const { batchNormMomentum } = spec.training;
    moveStatistics(session.parameters, { tensors: outputs, factors: statisticFactors }, batchNormMomentum);
    update(session, pulls ? withPull(session, gradients, outputs) : gradients, learningRate);
    keepGammaPositive(session);
    for (const [name, next] of Object.entries(followWeights(spec, network, session.parameters)))
      session.replaceParameter(name, next);
    return { loss, logits: outputs.logits! };
  });
}

const quantizedName = (layerId: string): string => `quantized:${layerId}`;

/** Adds the gradient of λ·mean|w − ŵ|², which draws weights towards their levels. */
function withPull(
  { spec, network, parameters, synapses }: Session,
  gradients: Record<string, tf.Tensor>,
  outputs: Record<string, tf.Tensor>,
): Record<string, tf.Tensor> {
  const pulled = { ...gradients };
  for (const { id } of network.layers.filter(isWeightLayer)) {
    const target = outputs[quantizedName(id)];
    if (target === undefined) continue;
    const name = parameterNames.weights(id);
    const pull = pullGradient(parameters[name]!, target, spec.quantization.pull);
    const own = synapses[id] === undefined ? pull : tf.mul(pull, synapses[id]);
    pulled[name] = gradients[name] ? tf.add(gradients[name], own) : own;
  }
  return pulled;
}

/** γ = exp(ρ) divides thresholds at export: it must not fall so far that they overflow what the artifact stores. */
function keepGammaPositive(session: Session): void {
  for (const [name, tensor] of Object.entries(session.parameters)) {
    if (name.endsWith('/logGamma'))
      session.replaceParameter(name, tf.maximum(tensor, Math.log(smallestGamma)));
  }
}

function update(session: Session, gradients: Record<string, tf.Tensor>, learningRate: number): void {
  const { training, quantization } = session.spec;
  session.state.updates += 1;
  const rateOf = (name: string): number =>
    learningRate * (isCodebook(name) ? quantization.codebookLearningRateScale : 1);
  const decayOf = (name: string): number => (name.endsWith('/weights') ? training.weightDecay : 0);
  if (training.optimizer === 'adam') {
    const moments = { first: session.firstMoments, second: session.secondMoments };
    updateAdam(session.parameters, moments, gradients, (name) => ({
      ...defaultAdam,
      learningRate: rateOf(name),
      step: session.state.updates,
      weightDecay: decayOf(name),
    }));
  } else {
    updateSgd(session.parameters, session.firstMoments, gradients, (name) => ({
      learningRate: rateOf(name),
      momentum: training.momentum,
      weightDecay: decayOf(name),
    }));
  }
}
