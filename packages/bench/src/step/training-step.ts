import type { Network } from '@spikefit/contracts';
import {
  type AdamMoments,
  crossEntropy,
  defaultAdam,
  disposeTensors,
  forward,
  initializeParameters,
  isTrainable,
  moveStatistics,
  type NamedStatistics,
  namedStatistics,
  type OptimizedTensors,
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
    let statisticFactors: NamedStatistics['factors'] = {};
    const { loss, gradients, outputs } = valueAndGradients(trainable, () => {
      const result = forward(this.#network, this.#parameters, images, { training: true, countSpikes: false });
      const { tensors, factors } = namedStatistics(result.batchStatistics);
      statisticFactors = factors;
      return { loss: this.#lossOf(result.logits, labels), outputs: tensors };
    });
    moveStatistics(this.#parameters, { tensors: outputs, factors: statisticFactors }, batchNormMomentum);
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
}
