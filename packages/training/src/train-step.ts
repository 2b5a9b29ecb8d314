import { CodedError } from '@spikefit/contracts';
import { crossEntropy, forward, updateAdam, updateSgd, type ForwardResult } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import { type Batch, correctFlags, countOnes } from './batches.ts';
import { neuronStepsPerImage } from './network-figures.ts';
import { effectiveParameters, isTrainable, type Tensors } from './parameters.ts';
import { phaseIndex } from './plan.ts';
import { isCodebook, pullPenalty, weightQuantizer } from './quantization.ts';
import type { Session } from './session.ts';

/** Share of the batch's statistics that enters the running ones. */
const batchNormMomentum = 0.1;

/** Forward, backward and one optimiser update; adds to the running sums of the epoch. */
export function trainStep(session: Session, batch: Batch, batchIndex: number, learningRate: number): void {
  const { state, spec, network } = session;
  const names = Object.keys(session.parameters).filter(isTrainable);
  const fixed = Object.fromEntries(Object.entries(session.parameters).filter(([name]) => !isTrainable(name)));
  let result: ForwardResult | undefined;

  const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) => {
    const trainable: Tensors = Object.fromEntries(names.map((name, i) => [name, tensors[i]!]));
    const parameters = { ...fixed, ...trainable };
    const output = forward(network, effectiveParameters(parameters), batch.images, {
      training: true,
      weights: weightQuantizer(spec, state, parameters),
      stream: { seed: spec.seed, epoch: phaseIndex(state.phase) * 10_000 + state.epoch, batch: batchIndex },
    });
    for (const tensor of auxiliaryTensors(output)) tf.keep(tensor);
    result = output;
    const loss = crossEntropy(output.logits, batch.labels, network.classes);
    const penalty = pullPenalty(spec, state, parameters);
    return penalty ? tf.add(loss, penalty) as tf.Scalar : loss;
  })(names.map((name) => session.parameters[name]!));

  if (!result) throw new CodedError('internal.error', 'the forward pass gave nothing');
  const loss = value.dataSync()[0]!;
  value.dispose();
  if (!Number.isFinite(loss)) {
    throw new CodedError('job.diverged', `the loss became ${loss} in ${state.phase}, epoch ${state.epoch + 1}, step ${state.step + 1}`);
  }
  const count = batch.hostLabels.length;
  const flags = correctFlags(result.logits.dataSync<'float32'>(), batch.hostLabels, network.classes);
  state.running.loss += loss * count;
  state.running.correct += countOnes(flags);
  state.running.seen += count;
  for (const sum of Object.values(result.spikeSums)) state.running.spikes += sum.dataSync()[0]!;
  state.running.neuronSteps += neuronStepsPerImage(network) * count;

  updateRunningStatistics(session, result);
  for (const tensor of auxiliaryTensors(result)) tensor.dispose();
  applyGradients(session, names, grads, learningRate);
}

const auxiliaryTensors = (result: ForwardResult): tf.Tensor[] => [
  result.logits,
  ...Object.values(result.spikeSums),
  ...Object.values(result.batchStatistics).flatMap(({ mean, variance }) => [mean, variance]),
];

function updateRunningStatistics(session: Session, result: ForwardResult): void {
  for (const [id, statistics] of Object.entries(result.batchStatistics)) {
    for (const which of ['mean', 'variance'] as const) {
      const name = `${id}/${which}`;
      const next = tf.tidy(() =>
        session.parameters[name]!.mul(1 - batchNormMomentum).add(statistics[which].mul(batchNormMomentum)),
      );
      session.replace('parameters', name, next);
    }
  }
}

function applyGradients(session: Session, names: string[], grads: tf.Tensor[], learningRate: number): void {
  const { training, quantization } = session.spec;
  session.state.updates += 1;
  names.forEach((name, i) => {
    const gradient = grads[i]!;
    const parameter = session.parameters[name]!;
    const rate = learningRate * (isCodebook(name) ? quantization.codebookLearningRateScale : 1);
    const weightDecay = name.endsWith('/weights') ? training.weightDecay : 0;
    const first = session.firstMoments[name] ?? tf.zerosLike(parameter);
    if (training.optimizer === 'adam') {
      const second = session.secondMoments[name] ?? tf.zerosLike(parameter);
      const next = updateAdam({ parameter, firstMoment: first, secondMoment: second, gradient }, {
        learningRate: rate,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-8,
        step: session.state.updates,
        weightDecay,
      });
      if (!session.firstMoments[name]) first.dispose();
      if (!session.secondMoments[name]) second.dispose();
      session.replace('parameters', name, next.parameter);
      session.replace('firstMoments', name, next.firstMoment);
      session.replace('secondMoments', name, next.secondMoment);
    } else {
      const next = updateSgd({ parameter, velocity: first, gradient }, { learningRate: rate, momentum: training.momentum, weightDecay });
      if (!session.firstMoments[name]) first.dispose();
      session.replace('parameters', name, next.parameter);
      session.replace('firstMoments', name, next.velocity);
    }
    gradient.dispose();
  });
}
