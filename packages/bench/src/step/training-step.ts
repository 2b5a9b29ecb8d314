import type { Network } from '@spikefit/contracts';
import {
  type AdamMoments,
  crossEntropy,
  defaultAdam,
  disposeTensors,
  forward,
  initializeParameters,
  isTrainable,
  type OptimizedTensors,
  parameterNames,
  toTensors,
  updateAdam,
  valueAndGradients,
} from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import type { BenchNet } from './nets.ts';
import type { BenchBatch } from './random-batches.ts';

const batchNormMomentum = 0.1;

/** A network in training: forward, backward and Adam, as the peers do it. */
export class TrainingStep {
  readonly #network: Network;
  readonly #loss: BenchNet['loss'];
  readonly #parameters: OptimizedTensors;
  readonly #moments: AdamMoments = { first: {}, second: {} };
  #steps = 0;

  constructor(network: Network, { loss, seed }: { loss: BenchNet['loss']; seed: number }) {
    this.#network = network;
    this.#loss = loss;
    this.#parameters = toTensors(initializeParameters(network, seed));
  }

  /** One step; resolves to its loss, which is read when all is under way, since some backends compute in the background. */
  async run(batch: BenchBatch, learningRate = 1e-3): Promise<number> {
    const loss = tf.tidy(() => this.#compute(batch, learningRate));
    const [value] = await loss.data();
    loss.dispose();
    return value!;
  }

  /** By name, on the backend; replaced by every step. */
  get parameters(): Readonly<OptimizedTensors> {
    return this.#parameters;
  }

  dispose(): void {
    for (const tensors of [this.#parameters, this.#moments.first, this.#moments.second])
      disposeTensors(tensors);
  }

  /** The class of each image, in inference mode. */
  async classify(images: tf.Tensor4D): Promise<Int32Array> {
    const classes = tf.tidy(() => {
      const { logits } = forward(this.#network, this.#parameters, images, {
        training: false,
        countSpikes: false,
      });
      return tf.argMax(logits, 1);
    });
    const values = await classes.data<'int32'>();
    classes.dispose();
    return values;
  }

  #compute({ images, labels }: BenchBatch, learningRate: number): tf.Scalar {
    this.#steps += 1;
    const trainable = Object.fromEntries(
      Object.entries(this.#parameters).filter(([name]) => isTrainable(name)),
    );
    const { loss, gradients, outputs } = valueAndGradients(trainable, () => {
      const result = forward(this.#network, this.#parameters, images, { training: true, countSpikes: false });
      return { loss: this.#lossOf(result.logits, labels), outputs: namedStatistics(result.batchStatistics) };
    });
    for (const [name, value] of Object.entries(outputs)) this.#follow(name, value);
    updateAdam(this.#parameters, this.#moments, gradients, {
      ...defaultAdam,
      learningRate,
      step: this.#steps,
      weightDecay: 0,
    });
    return loss;
  }

  #lossOf(rates: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
    if (this.#loss === 'cross-entropy') return crossEntropy(rates, labels, this.#network.classes);
    const target = tf.oneHot(labels, this.#network.classes, 1, 0, 'float32');
    return tf.mean(tf.square(tf.sub(rates, target)));
  }

  /** Moves a running statistic of a batch norm towards the batch's. */
  #follow(name: string, value: tf.Tensor): void {
    const running = this.#parameters[name]!;
    const next = tf.add(tf.mul(running, 1 - batchNormMomentum), tf.mul(value, batchNormMomentum));
    running.dispose();
    this.#parameters[name] = tf.keep(next);
  }
}

const namedStatistics = (
  statistics: Readonly<Record<string, { mean: tf.Tensor; variance: tf.Tensor }>>,
): Record<string, tf.Tensor> =>
  Object.fromEntries(
    Object.entries(statistics).flatMap(([id, { mean, variance }]) => [
      [parameterNames.mean(id), mean],
      [parameterNames.variance(id), variance],
    ]),
  );
