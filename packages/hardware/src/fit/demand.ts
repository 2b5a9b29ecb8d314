import { CodedError, type Network, type Target, type WeightLayer } from '@spikefit/contracts';
import {
  countNetwork,
  countWeights,
  layerPresence,
  type NetworkBlock,
  networkBlocks,
  neuronsGone,
  unitsOf,
} from '@spikefit/specification';
import { layerConnections } from './layer-connections.ts';
import { behindPool, maskedConnections } from './masked-connections.ts';
import { type FitSubject, isQuantized } from './subject.ts';

/** What a network needs of a chip, whatever the placement. */
export interface Demand {
  /** Spiking neurons, one integrator per output of a read-out without neuron, and the OR neurons of max pools. */
  readonly neurons: number;
  /** Of these, OR neurons. */
  readonly orNeurons: number;
  /** Unrolled connections, those of the OR neurons and of averaged inputs included (see `layerConnections`). */
  readonly synapses: number;
  /** Weights as they are stored once: of a convolution one kernel. */
  readonly weights: number;
  /** The largest number of inputs of one neuron. */
  readonly fanIn: number;
  /** The largest number of neurons that one neuron reaches. */
  readonly fanOut: number;
}

/** Which weights are connections. */
export interface CountedWeights {
  /** By layer: those that are not zero. Without them all that are stored. */
  readonly weights?: FitSubject['weights'];
  /** No weight at all: what is needed even if every weight turned out to be zero. */
  readonly none?: boolean;
  /** Which neurons are there; those that are not neither read nor are read. */
  readonly neurons?: FitSubject['neurons'];
}

/**
 * Max pools of spikes are OR neurons where the target has no pool of its own. Average pools are merged into the weights
 * beside them, as `layerConnections` says.
 * Throws `internal.error` for weights that do not belong to the network.
 */
export function demandOf(
  network: Network,
  pooling: Target['pooling']['max'],
  counted: CountedWeights = {},
): Demand {
  const withOrNeurons = pooling !== 'native';
  const masks = counted.neurons ?? {};
  const presence = layerPresence(network, masks);
  let neurons = countNetwork(network).neurons - neuronsGone(masks);
  let orNeurons = 0;
  let synapses = 0;
  let weights = 0;
  let fanIn = 0;
  let fanOut = 0;
  let averagedInputs = 1;
  // By input of the next block, the neurons that it stands for; null: all are there.
  let sources: Float64Array | null = null;
  for (const block of networkBlocks(network)) {
    if (block.neuron === null) neurons += unitsOf(block.weight);
    if (counted.none !== true) {
      const { outputs } = presence[block.weight.id]!;
      const own = blockConnections(block, { averagedInputs, sources, outputs }, counted.weights);
      synapses += own.synapses;
      weights += own.weights;
      fanIn = Math.max(fanIn, own.fanIn);
      fanOut = Math.max(fanOut, own.fanOut);
    }
    averagedInputs = 1;
    const mask = block.neuron === null ? undefined : masks[block.neuron.id];
    sources = mask === undefined ? null : Float64Array.from(mask);
    for (const pool of block.poolsAfterNeuron) {
      const [height, width, channels] = pool.outputShape;
      const pooled = sources === null ? null : behindPool(sources, pool);
      if (pool.kind === 'averagePool') {
        averagedInputs *= pool.size;
      } else if (withOrNeurons && averagedInputs === 1) {
        const windows =
          pooled?.sums.filter((inputs) => inputs > 0) ??
          new Float64Array(height * width * channels).fill(pool.size ** 2);
        orNeurons += windows.length;
        synapses += windows.reduce((sum, inputs) => sum + inputs, 0);
        fanIn = windows.reduce((most, inputs) => Math.max(most, inputs), fanIn);
        fanOut = Math.max(fanOut, 1);
      }
      sources = pooled?.after ?? null;
    }
  }
  return { neurons: neurons + orNeurons, orNeurons, synapses, weights, fanIn, fanOut };
}

/**
 * `counted`: with the weights of the exported network those that are not zero, else all that are stored. `certain`: what
 * is needed in any case; before the export any weight of a codebook may still become zero.
 */
export function demandBounds({ network, quantization, target, weights, neurons }: FitSubject): {
  counted: Demand;
  certain: Demand;
} {
  const counted = demandOf(network, target.pooling.max, { weights, neurons });
  const isKnown = weights !== undefined || !isQuantized(quantization);
  return {
    counted,
    certain: isKnown ? counted : demandOf(network, target.pooling.max, { none: true, neurons }),
  };
}

function blockConnections(
  { weight, poolsBeforeNeuron }: NetworkBlock,
  {
    averagedInputs,
    sources,
    outputs,
  }: { averagedInputs: number; sources: Float64Array | null; outputs: Uint8Array | null },
  weights: FitSubject['weights'],
): Pick<Demand, 'synapses' | 'weights' | 'fanIn' | 'fanOut'> {
  const own = weights?.[weight.id];
  if (weights !== undefined && own === undefined)
    throw new CodedError('internal.error', `the weights of layer "${weight.id}" are missing`);
  let averagedOutputs = 1;
  for (const { kind, size } of poolsBeforeNeuron) {
    // A maximum of potentials is no sum of inputs: what stands behind it merges into nothing.
    if (kind === 'maxPool') break;
    averagedOutputs *= size;
  }
  const connections =
    sources === null && outputs === null
      ? layerConnections(weight, { weights: own, averagedInputs, averagedOutputs })
      : maskedConnections(weight, {
          weights: own,
          sources: sources ?? everyInput(weight, averagedInputs ** 2),
          outputs,
          averagedOutputs,
        });
  return {
    ...connections,
    weights: own === undefined ? countWeights(weight) : own.reduce((sum, w) => sum + (w === 0 ? 0 : 1), 0),
  };
}

const everyInput = ({ inputShape }: WeightLayer, stands: number): Float64Array =>
  new Float64Array(inputShape.reduce((a, b) => a * b, 1)).fill(stands);
