import type { Network, Target } from '@spikefit/contracts';
import { countNetwork, networkBlocks, unitsOf } from '@spikefit/specification';

/** What a network needs of a chip, whatever the placement. */
export interface Demand {
  /** Spiking neurons, one integrator per output of a read-out without neuron, and the OR neurons of max pools. */
  readonly neurons: number;
  /** Of these, OR neurons. */
  readonly orNeurons: number;
  /** Unrolled connections, those of the OR neurons included. */
  readonly synapses: number;
  /** Weights as they are stored once: of a convolution one kernel. */
  readonly weights: number;
  /** The largest number of inputs of one neuron. */
  readonly fanIn: number;
  /** The largest number of neurons that one neuron reaches. */
  readonly fanOut: number;
}

/**
 * Max pools of spikes are OR neurons where the target has no pool of its own. Average pools are seen as part of the
 * weights behind them: a neuron there reads every spike of the averaged windows.
 */
export function demandOf(network: Network, pooling: Target['pooling']['max']): Demand {
  const counts = countNetwork(network);
  const withOrNeurons = pooling !== 'native';
  let { neurons, synapses } = counts;
  let orNeurons = 0;
  let fanIn = 0;
  let fanOut = 0;
  let averagedInputs = 1;
  for (const { weight, neuron, poolsAfterNeuron } of networkBlocks(network)) {
    if (neuron === null) neurons += unitsOf(weight);
    const [height, width, channels] = weight.inputShape;
    const taps = (size: number) => (weight.kind === 'conv' ? Math.min(weight.kernel, size) : size);
    const own = taps(height) * taps(width) * channels * averagedInputs;
    fanIn = Math.max(fanIn, own);
    const readers = (size: number) =>
      weight.kind === 'conv' ? mostReaders(size, weight.kernel, weight.stride) : 1;
    fanOut = Math.max(fanOut, readers(height) * readers(width) * unitsOf(weight));
    averagedInputs = 1;
    for (const pool of poolsAfterNeuron) {
      if (pool.kind === 'averagePool') {
        averagedInputs *= pool.size ** 2;
      } else if (withOrNeurons) {
        const [poolHeight, poolWidth, poolChannels] = pool.outputShape;
        const outputs = poolHeight * poolWidth * poolChannels;
        orNeurons += outputs;
        synapses += outputs * pool.size ** 2;
        fanIn = Math.max(fanIn, pool.size ** 2);
      }
    }
  }
  return { neurons: neurons + orNeurons, orNeurons, synapses, weights: counts.weights, fanIn, fanOut };
}

/** Along one axis: the most outputs of a same-padded convolution that read one input. */
function mostReaders(size: number, kernel: number, stride: number): number {
  const outputs = Math.ceil(size / stride);
  const padding = Math.max((outputs - 1) * stride + kernel - size, 0);
  const before = Math.floor(padding / 2);
  const readers = new Array<number>(size).fill(0);
  for (let output = 0; output < outputs; output++) {
    for (let k = 0; k < kernel; k++) {
      const at = output * stride - before + k;
      if (at >= 0 && at < size) readers[at]! += 1;
    }
  }
  return Math.max(...readers);
}
