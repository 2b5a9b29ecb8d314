import { CodedError, type Layer, type Network, type Shape3 } from '@spikefit/contracts';

const largestSide = 1 << 20;
const mostSteps = 10_000;

/**
 * Checks that a network read from a file is one that can run: positive sizes, shapes that follow from each other, and
 * blocks of weights [pool …] neuron [pool …] that end in an FC with one unit per class.
 * Throws `artifact.invalid` naming the layer.
 */
export function checkLayers(network: Network): void {
  const { timeSteps, classes, inputShape, neuron, layers } = network;
  if (timeSteps < 1 || timeSteps > mostSteps) throw invalid('network', `has ${timeSteps} time steps`);
  if (!inputShape.every(isSide)) throw invalid('network', `takes inputs of shape ${inputShape.join(' × ')}`);
  if (!(neuron.threshold > 0 && neuron.tau > 0)) {
    throw invalid('network', `has the threshold ${neuron.threshold} and the time constant ${neuron.tau}`);
  }
  const ids = new Set<string>();
  let shape: Shape3 = inputShape;
  let state: 'start' | 'weights' | 'spikes' = 'start';
  let flat = false;
  for (const layer of layers) {
    const fail = (what: string) => invalid(`layer "${layer.id}"`, what);
    if (!/^\d{1,6}\.[a-z]{1,16}$/.test(layer.id) || ids.has(layer.id)) throw fail('has no id of its own');
    ids.add(layer.id);
    if (!equal(layer.inputShape, shape)) {
      throw fail(`takes ${layer.inputShape.join(' × ')}, and gets ${shape.join(' × ')}`);
    }
    const expected = outputShape(layer, fail);
    if (!equal(layer.outputShape, expected) || !expected.every(isSide)) {
      throw fail(
        `says that it gives ${layer.outputShape.join(' × ')}; that would be ${expected.join(' × ')}`,
      );
    }
    if (layer.kind === 'conv' || layer.kind === 'dense') {
      if (state === 'weights') throw fail('follows other weights without a neuron between');
      if (layer.kind === 'conv' && flat) throw fail('is a convolution behind an FC');
      flat ||= layer.kind === 'dense';
      state = 'weights';
    } else if (layer.kind === 'neuron') {
      if (state !== 'weights') throw fail('has no weights before it');
      if (layer.neuron === 'relu' && (timeSteps !== 1 || layer.levels < 2 || layer.levels > mostSteps + 1))
        throw fail(`has ${layer.levels} values in a network of ${timeSteps} time steps`);
      state = 'spikes';
    } else if (state === 'start' || flat) {
      throw fail('pools where there is nothing to pool');
    }
    shape = expected;
  }
  const last = layers.findLast(({ kind }) => kind !== 'neuron');
  if (
    last?.kind !== 'dense' ||
    last.units !== classes ||
    (layers.at(-1) !== last && layers.at(-2) !== last)
  ) {
    throw invalid('network', `does not end in an FC with one unit for each of ${classes} classes`);
  }
}

function outputShape(layer: Layer, fail: (what: string) => CodedError): Shape3 {
  const [height, width, channels] = layer.inputShape;
  switch (layer.kind) {
    case 'conv':
      if (![layer.kernel, layer.stride, layer.filters].every(isSide)) throw fail('has no valid kernel');
      return [Math.ceil(height / layer.stride), Math.ceil(width / layer.stride), layer.filters];
    case 'dense':
      return [1, 1, layer.units];
    case 'maxPool':
    case 'averagePool':
      if (!isSide(layer.size)) throw fail('has no valid size');
      return [Math.floor(height / layer.size), Math.floor(width / layer.size), channels];
    case 'neuron':
      return [height, width, channels];
    default:
      throw fail(`is of kind "${layer.kind}", which a folded network does not have`);
  }
}

const isSide = (size: number): boolean => Number.isInteger(size) && size >= 1 && size <= largestSide;
const equal = (a: Shape3, b: Shape3): boolean => a.every((size, axis) => size === b[axis]);
const invalid = (subject: string, what: string) =>
  new CodedError('artifact.invalid', `the ${subject} ${what}`);
