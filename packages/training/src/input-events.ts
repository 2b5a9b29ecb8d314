import { summedLayerInputs } from '@spikefit/compression';
import { isWeightLayer, type Network } from '@spikefit/contracts';
import { encodeRate } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import type { SpikeObserver } from './evaluate.ts';

/** Adds up, while a network is evaluated, how often each input of each weight layer was not zero. */
export class InputEvents {
  readonly #network: Network;
  /** By weight layer that reads events, over all images and steps: [H·W·C]. */
  readonly sums: Record<string, Float64Array> = {};
  images = 0;

  constructor(network: Network) {
    this.#network = network;
  }

  readonly observe: SpikeObserver = (spikes, images, stream) => {
    const network = this.#network;
    this.images += images.shape[0];
    for (const [id, events] of Object.entries(summedLayerInputs(network, spikes))) {
      this.#add(id, events.dataSync<'float32'>());
    }
    const first = network.layers.find(isWeightLayer);
    if (network.encoder === 'rate' && first) {
      const encoded = encodeRate(images, network.timeSteps, stream);
      this.#add(first.id, tf.sum(encoded, 0).dataSync<'float32'>());
    }
  };

  #add(id: string, counts: Float32Array): void {
    this.sums[id] ??= new Float64Array(counts.length);
    const sums = this.sums[id];
    for (const [i, count] of counts.entries()) sums[i]! += count;
  }
}
