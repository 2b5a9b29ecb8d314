import {
  type Activation,
  CodedError,
  type Encoder,
  type ErrorCode,
  type Layer,
  type Network,
  type NeuronSettings,
  type Shape3,
} from '@spikefit/contracts';
import { countNetwork } from '../geometry/count-network.ts';
import { maximumNeurons, maximumSynapses, maximumWeights } from './limits.ts';
import { checkOrder } from './rules.ts';
import { architecturePointer, nameToken, parseArchitecture, type Token } from './tokens.ts';

export interface NetworkDescription {
  readonly architecture: string;
  readonly inputShape: Shape3;
  readonly classes: number;
  readonly timeSteps: number;
  readonly encoder: Encoder;
  readonly neuron: NeuronSettings;
  /** Default: `spikes`. */
  readonly activation?: Activation | undefined;
}

/**
 * The network of an architecture string, with the shape of every layer.
 * Convolutions pad to ⌈size / stride⌉ (same padding); pools take whole windows only, ⌊size / window⌋ of them
 * (28 → 14 → 7 → 3); an FC flattens its input in (height, width, channel) order.
 * Throws `spec.architecture-invalid`, `spec.architecture-unsupported`, `spec.shape-vanishes`, `spec.classes-mismatch`
 * or `spec.network-too-large`, each with the pointer `/model/architecture`.
 */
export function inferNetwork(description: NetworkDescription): Network {
  const { architecture, inputShape, classes, encoder, neuron } = description;
  const isTwin = description.activation === 'quantized-relu';
  const timeSteps = isTwin ? 1 : description.timeSteps;
  const tokens = parseArchitecture(architecture);
  checkOrder(tokens);
  const layers: Layer[] = [];
  let shape = inputShape;
  for (const [index, token] of tokens.entries()) {
    const inferred = inferLayer(token, shape, tokens[index + 1]);
    const layer = isTwin ? withRelu(inferred, description.timeSteps) : inferred;
    layers.push(layer);
    shape = layer.outputShape;
  }
  if (shape[2] !== classes) {
    const readOut = tokens.findLast((token) => token.kind === 'dense')!;
    throw fail(
      'spec.classes-mismatch',
      `${nameToken(readOut)} has ${shape[2]} units, the data set has ${classes} classes`,
    );
  }
  const network: Network = { architecture, inputShape, timeSteps, encoder, classes, neuron, layers };
  checkSize(network);
  return network;
}

function inferLayer(token: Token, inputShape: Shape3, next: Token | undefined): Layer {
  const [height, width, channels] = inputShape;
  const same = { id: `${token.position}.${shortName(token)}`, inputShape, outputShape: inputShape };
  // The shift of a batch norm makes a bias before it redundant.
  const useBias = next?.kind !== 'batchNorm';
  switch (token.kind) {
    case 'conv': {
      const { filters, kernel, stride } = token;
      const outputShape: Shape3 = [Math.ceil(height / stride), Math.ceil(width / stride), filters];
      return { ...same, kind: 'conv', outputShape, kernel, stride, filters, useBias };
    }
    case 'dense':
      return { ...same, kind: 'dense', outputShape: [1, 1, token.units], units: token.units, useBias };
    case 'batchNorm':
      return { ...same, kind: 'batchNorm' };
    case 'neuron':
      return { ...same, kind: 'neuron', neuron: token.neuron };
    case 'dropout':
      return { ...same, kind: 'dropout', rate: token.rate };
    case 'maxPool':
    case 'averagePool': {
      const outputShape: Shape3 = [Math.floor(height / token.size), Math.floor(width / token.size), channels];
      if (outputShape[0] < 1 || outputShape[1] < 1) {
        throw fail(
          'spec.shape-vanishes',
          `${nameToken(token)} has an input of ${height}×${width}×${channels}, smaller than its ${token.size}×${token.size} window`,
        );
      }
      return { ...same, kind: token.kind, outputShape, size: token.size };
    }
  }
}

/** A neuron's ANN twin: its output is one of the T + 1 rates that T steps of spikes can have. */
const withRelu = (layer: Layer, timeSteps: number): Layer =>
  layer.kind === 'neuron'
    ? { ...layer, id: `${layer.id.split('.')[0]}.relu`, neuron: 'relu', levels: timeSteps + 1 }
    : layer;

function shortName(token: Token): string {
  switch (token.kind) {
    case 'conv':
      return 'conv';
    case 'dense':
      return 'fc';
    case 'batchNorm':
      return 'bn';
    case 'neuron':
      return token.neuron;
    case 'maxPool':
      return 'mp';
    case 'averagePool':
      return 'ap';
    case 'dropout':
      return 'dp';
  }
}

function checkSize(network: Network): void {
  const { weights, neurons, synapses } = countNetwork(network);
  const limits: [string, number, number][] = [
    ['weights', weights, maximumWeights],
    ['neurons', neurons, maximumNeurons],
    ['synapses', synapses, maximumSynapses],
  ];
  const over = limits
    .filter(([, count, limit]) => count > limit)
    .map(([name, count, limit]) => `the network has ${count} ${name}; the limit is ${limit}`);
  const [first] = over;
  if (first !== undefined) {
    const errors = over.map((detail) => ({ detail, pointer: architecturePointer }));
    throw new CodedError('spec.network-too-large', first, { errors });
  }
}

function fail(code: ErrorCode, detail: string): CodedError {
  return new CodedError(code, detail, { errors: [{ detail, pointer: architecturePointer }] });
}
