import { summedLayerInputs } from '@spikefit/compression';
import { isWeightLayer, type Network } from '@spikefit/contracts';
import { type BatchStream, encodeRate } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import type { SpikeObserver } from './evaluate.ts';
import type { Tensors } from './parameters.ts';

/** Adds up, while a network is evaluated, how often each input of each weight layer was not zero. */
export class InputEvents implements SpikeObserver {
  readonly #network: Network;
  /** By weight layer that reads events, over all images and steps: [H·W·C]. */
  readonly sums: Record<string, Float64Array> = {};
  images = 0;

  constructor(network: Network) {
    this.#network = network;
  }

  reduce(spikes: Tensors, images: tf.Tensor4D, stream: BatchStream): Tensors {
    const network = this.#network;
    const events: Tensors = summedLayerInputs(network, spikes);
    const first = network.layers.find(isWeightLayer);
    if (network.encoder !== 'direct' && first) {
      // Frames of events are binary: their sum is the number of time steps in which something happened there.
      const encoded = network.encoder === 'rate' ? encodeRate(images, network.timeSteps, stream) : images;
      events[first.id] = tf.sum(encoded, 0);
    }
    return events;
  }

  add(values: Readonly<Record<string, Float32Array>>, images: number): void {
    this.images += images;
    for (const [id, counts] of Object.entries(values)) {
      this.sums[id] ??= new Float64Array(counts.length);
      const sums = this.sums[id];
      for (const [i, count] of counts.entries()) sums[i]! += count;
    }
  }
}
