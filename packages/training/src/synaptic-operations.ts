import { isWeightLayer, type Network } from '@spikefit/contracts';
import { fanOutMap } from '@spikefit/compression';
import * as tf from '@tensorflow/tfjs-core';
import type { SpikeObserver } from './evaluate.ts';

/** Per image, over all T. */
export interface SynapticOperations {
  readonly accumulates: number;
  readonly multiplyAccumulates: number;
}

/**
 * Counts, while a network is evaluated, one operation for each spike through each existing (non-zero) synapse,
 * borders counted exactly. A layer with binary input accumulates; a layer with analogue input (the first one under
 * direct encoding, once and not T times; any layer behind an average pool) multiplies and accumulates.
 */
export class SynapticOperationCounter {
  readonly #network: Network;
  /** Per weight layer, sums over images and steps of the inputs that are not zero: [H, W, C]. */
  readonly #inputCounts = new Map<string, Float64Array>();
  #images = 0;

  constructor(network: Network) {
    this.#network = network;
  }

  readonly observe: SpikeObserver = (spikes, images) => {
    this.#images += images.shape[0];
    const { layers, encoder } = this.#network;
    let current: tf.Tensor = encoder === 'direct' ? images : spikes.input!;
    for (const layer of layers) {
      if (layer.kind === 'neuron') current = spikes[layer.id]!;
      else if (layer.kind === 'maxPool') current = tf.maxPool(current as tf.Tensor4D, layer.size, layer.size, 'valid');
      else if (layer.kind === 'averagePool') current = tf.avgPool(current as tf.Tensor4D, layer.size, layer.size, 'valid');
      else if (isWeightLayer(layer)) this.#add(layer.id, current);
    }
  };

  /** Totals with the given weights (HWIO or [in, out]; zeros are no synapses). */
  total(weights: Readonly<Record<string, Float32Array>>): SynapticOperations {
    let accumulates = 0;
    let multiplyAccumulates = 0;
    let isAnalogue = this.#network.encoder === 'direct';
    this.#network.layers.forEach((layer) => {
      if (layer.kind === 'neuron') isAnalogue = false;
      if (layer.kind === 'averagePool') isAnalogue = true;
      if (!isWeightLayer(layer)) return;
      const fanOut = fanOutMap(layer, weights[layer.id]!);
      const counts = this.#inputCounts.get(layer.id);
      // The first analogue layer is dense arithmetic: each of its synapses works once per image.
      const isFirst = layer.id === this.#network.layers.find(isWeightLayer)?.id;
      let sum = 0;
      for (let i = 0; i < fanOut.length; i++) {
        sum += fanOut[i]! * (isAnalogue && isFirst ? this.#images : (counts?.[i] ?? 0));
      }
      if (isAnalogue) multiplyAccumulates += sum;
      else accumulates += sum;
    });
    const images = Math.max(1, this.#images);
    return { accumulates: accumulates / images, multiplyAccumulates: multiplyAccumulates / images };
  }

  #add(id: string, input: tf.Tensor): void {
    const [frames = 1] = input.shape;
    const active = tf.tidy(() => tf.sum(tf.reshape(tf.notEqual(input, 0).cast('float32'), [frames, -1]), 0).dataSync());
    const counts = this.#inputCounts.get(id) ?? new Float64Array(active.length);
    for (let i = 0; i < active.length; i++) counts[i]! += active[i]!;
    this.#inputCounts.set(id, counts);
  }
}
