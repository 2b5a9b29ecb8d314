import type { Network } from '@spikefit/contracts';
import type { BatchStream } from '@spikefit/snn';
import * as tf from '@tensorflow/tfjs-core';
import type { SpikeObserver } from './evaluate.ts';
import { InputEvents } from './input-events.ts';
import type { Tensors } from './parameters.ts';

const firedName = (id: string): string => `fired:${id}`;

/** What `InputEvents` adds up, and how often each neuron fired. */
export class NeuronEvents implements SpikeObserver {
  readonly inputs: InputEvents;
  /** By neuron layer, over all images and steps: [H·W·C]. */
  readonly fired: Record<string, Float64Array> = {};

  constructor(network: Network) {
    this.inputs = new InputEvents(network);
  }

  reduce(spikes: Tensors, images: tf.Tensor4D, stream: BatchStream): Tensors {
    const fired = Object.entries(spikes).map(([id, one]) => [firedName(id), tf.sum(one, 0)]);
    return { ...this.inputs.reduce(spikes, images, stream), ...Object.fromEntries(fired) };
  }

  add(values: Readonly<Record<string, Float32Array>>, images: number): void {
    const prefix = firedName('');
    const ofInputs: Record<string, Float32Array> = {};
    for (const [name, counts] of Object.entries(values)) {
      if (!name.startsWith(prefix)) {
        ofInputs[name] = counts;
        continue;
      }
      const id = name.slice(prefix.length);
      this.fired[id] ??= new Float64Array(counts.length);
      const sums = this.fired[id];
      for (const [i, count] of counts.entries()) sums[i]! += count;
    }
    this.inputs.add(ofInputs, images);
  }
}
