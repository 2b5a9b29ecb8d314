import { isWeightLayer, type Network } from '@spikefit/contracts';
import { fanOutMap, summedLayerInputs } from '@spikefit/compression';
import { encodeRate } from '@spikefit/snn';
import { networkBlocks } from '@spikefit/specification';
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
  /** Per weight layer, how often each input was not zero, over images and steps: [H·W·C]. */
  readonly #inputs = new Map<string, Float64Array>();
  #images = 0;

  constructor(network: Network) {
    this.#network = network;
  }

  readonly observe: SpikeObserver = (spikes, images, stream) => {
    const network = this.#network;
    this.#images += images.shape[0];
    for (const [id, sums] of Object.entries(summedLayerInputs(network, spikes))) {
      this.#add(id, sums.dataSync<'float32'>());
    }
    const first = network.layers.find(isWeightLayer);
    if (network.encoder === 'rate' && first) {
      const encoded = encodeRate(images, network.timeSteps, stream);
      this.#add(first.id, tf.sum(encoded, 0).dataSync<'float32'>());
    }
  };

  /** Totals with the given weights (HWIO or [in, out]; zeros are no synapses). */
  total(weights: Readonly<Record<string, Float32Array>>): SynapticOperations {
    const sums = { accumulates: 0, multiplyAccumulates: 0 };
    let isAnalogue = this.#network.encoder === 'direct';
    for (const { weight, poolsBeforeNeuron, poolsAfterNeuron, neuron } of networkBlocks(this.#network)) {
      const fanOut = fanOutMap(weight, weights[weight.id]!);
      const active = this.#inputs.get(weight.id);
      // The directly encoded image has no events: each synapse of the first layer works once per image.
      let operations = 0;
      for (let i = 0; i < fanOut.length; i++) operations += fanOut[i]! * (active ? active[i]! : this.#images);
      sums[isAnalogue ? 'multiplyAccumulates' : 'accumulates'] += operations / Math.max(1, this.#images);
      const averaged = (neuron ? poolsAfterNeuron : poolsBeforeNeuron).some(({ kind }) => kind === 'averagePool');
      isAnalogue = neuron === null || averaged;
    }
    return sums;
  }

  #add(id: string, counts: Float32Array): void {
    const sums = this.#inputs.get(id) ?? new Float64Array(counts.length);
    for (const [i, count] of counts.entries()) sums[i]! += count;
    this.#inputs.set(id, sums);
  }
}
