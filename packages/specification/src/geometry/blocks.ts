import {
  type AveragePoolLayer,
  type BatchNormLayer,
  isWeightLayer,
  type MaxPoolLayer,
  type Network,
  type NeuronLayer,
  type WeightLayer,
} from '@spikefit/contracts';

/**
 * A weight layer with what belongs to it, up to the next weight layer. One unit of it is one output channel of its
 * convolution or one output of its FC; pruning removes units.
 */
export interface NetworkBlock {
  readonly weight: WeightLayer;
  /** Position of `weight` in `network.layers`. */
  readonly index: number;
  readonly batchNorm: BatchNormLayer | null;
  /** Pools between the weights and the neuron. */
  readonly poolsBeforeNeuron: readonly (MaxPoolLayer | AveragePoolLayer)[];
  /** Null only in a read-out whose membrane is read. */
  readonly neuron: NeuronLayer | null;
  /** Pools of the spikes. */
  readonly poolsAfterNeuron: readonly (MaxPoolLayer | AveragePoolLayer)[];
  /** Its input is no spikes but numbers: averages of them by a pool of the block before, or outputs of ReLUs. */
  readonly readsNumbers: boolean;
  /** The last block gives the classes and is never pruned. */
  readonly isOutput: boolean;
}

/** The blocks of a network in order. Works on folded networks (without batch norm and dropout) too. */
export function networkBlocks(network: Network): NetworkBlock[] {
  const starts = network.layers.flatMap((layer, index) => (isWeightLayer(layer) ? [{ layer, index }] : []));
  let readsNumbers = false;
  return starts.map(({ layer: weight, index }, position) => {
    const end = starts[position + 1]?.index ?? network.layers.length;
    const rest = network.layers.slice(index + 1, end);
    const at = rest.findIndex((layer) => layer.kind === 'neuron');
    const isPool = (layer: { kind: string }) => layer.kind === 'maxPool' || layer.kind === 'averagePool';
    const poolsAfterNeuron = (at === -1 ? [] : rest.slice(at + 1).filter(isPool)) as (
      | MaxPoolLayer
      | AveragePoolLayer
    )[];
    const neuron = rest.find((layer) => layer.kind === 'neuron') ?? null;
    const readsThem = readsNumbers;
    readsNumbers = neuron?.neuron === 'relu' || poolsAfterNeuron.some(({ kind }) => kind === 'averagePool');
    return {
      weight,
      index,
      batchNorm: rest.find((layer) => layer.kind === 'batchNorm') ?? null,
      poolsBeforeNeuron: rest.slice(0, at === -1 ? rest.length : at).filter(isPool) as (
        | MaxPoolLayer
        | AveragePoolLayer
      )[],
      neuron,
      poolsAfterNeuron,
      readsNumbers: readsThem,
      isOutput: position === starts.length - 1,
    };
  });
}
