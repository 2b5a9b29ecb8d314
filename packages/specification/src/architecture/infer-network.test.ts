import { CodedError, type Shape3 } from '@spikefit/contracts';
import { describe, expect, it } from 'vitest';
import { defaultNeuron } from '../defaults.ts';
import { inferNetwork } from './infer-network.ts';

const infer = (architecture: string, inputShape: Shape3 = [28, 28, 1], classes = 10) =>
  inferNetwork({ architecture, inputShape, classes, timeSteps: 4, encoder: 'direct', neuron: defaultNeuron });

function failure(architecture: string, inputShape?: Shape3): CodedError {
  try {
    infer(architecture, inputShape);
  } catch (error) {
    if (error instanceof CodedError) return error;
    throw error;
  }
  throw new Error(`${architecture} was accepted`);
}

describe('inferNetwork', () => {
  it('gives ids, shapes and biases', () => {
    const { layers } = infer('32C3-BN-LIF-MP2-64C3S2-PLIF-AP2-DP0.5-FC20-BN-IF-FC10');
    expect(layers).toEqual([
      {
        id: '0.conv',
        kind: 'conv',
        inputShape: [28, 28, 1],
        outputShape: [28, 28, 32],
        kernel: 3,
        stride: 1,
        filters: 32,
        useBias: false,
      },
      { id: '1.bn', kind: 'batchNorm', inputShape: [28, 28, 32], outputShape: [28, 28, 32] },
      { id: '2.lif', kind: 'neuron', neuron: 'lif', inputShape: [28, 28, 32], outputShape: [28, 28, 32] },
      { id: '3.mp', kind: 'maxPool', size: 2, inputShape: [28, 28, 32], outputShape: [14, 14, 32] },
      {
        id: '4.conv',
        kind: 'conv',
        inputShape: [14, 14, 32],
        outputShape: [7, 7, 64],
        kernel: 3,
        stride: 2,
        filters: 64,
        useBias: true,
      },
      { id: '5.plif', kind: 'neuron', neuron: 'plif', inputShape: [7, 7, 64], outputShape: [7, 7, 64] },
      { id: '6.ap', kind: 'averagePool', size: 2, inputShape: [7, 7, 64], outputShape: [3, 3, 64] },
      { id: '7.dp', kind: 'dropout', rate: 0.5, inputShape: [3, 3, 64], outputShape: [3, 3, 64] },
      {
        id: '8.fc',
        kind: 'dense',
        inputShape: [3, 3, 64],
        outputShape: [1, 1, 20],
        units: 20,
        useBias: false,
      },
      { id: '9.bn', kind: 'batchNorm', inputShape: [1, 1, 20], outputShape: [1, 1, 20] },
      { id: '10.if', kind: 'neuron', neuron: 'if', inputShape: [1, 1, 20], outputShape: [1, 1, 20] },
      {
        id: '11.fc',
        kind: 'dense',
        inputShape: [1, 1, 20],
        outputShape: [1, 1, 10],
        units: 10,
        useBias: true,
      },
    ]);
  });

  it('floors pools: 28 → 14 → 7 → 3 → 1', () => {
    const { layers } = infer('4C3-IF-MP2-4C3-IF-MP2-4C3-IF-MP2-4C3-IF-MP2-FC10');
    const pools = layers.filter(({ kind }) => kind === 'maxPool');
    expect(pools.map(({ outputShape }) => outputShape[0])).toEqual([14, 7, 3, 1]);
  });

  it.each([
    'FC10',
    'FC10-LIF',
    'FC10-BN-LIF',
    'FC300-LIF-FC10',
    '4C3-MP2-LIF-FC10',
    '4C3-BN-MP2-LIF-FC10',
    '4C3-BN-AP2-LIF-FC10',
    '4C3-LIF-MP2-MP2-DP0.1-FC10',
    '4C3-LIF-FC10-LIF',
    '4C2S3-LIF-FC10',
  ])('accepts %s', (architecture) => {
    const network = infer(architecture);
    expect(network.layers.at(-1)!.outputShape).toEqual([1, 1, 10]);
    expect(network.architecture).toBe(architecture);
  });

  it.each([
    ['4C3-4C3-LIF-FC10', 'token "4C3" at position 1', 'without a neuron'],
    ['4C3-BN-FC10', 'token "FC10" at position 2', 'without a neuron'],
    ['4C3-MP2-FC10', 'token "FC10" at position 2', 'without a neuron'],
    ['4C3-LIF-BN-FC10', 'token "BN" at position 2', 'directly follow'],
    ['4C3-MP2-BN-LIF-FC10', 'token "BN" at position 2', 'directly follow'],
    ['4C3-BN-BN-LIF-FC10', 'token "BN" at position 2', 'directly follow'],
    ['BN-4C3-LIF-FC10', 'token "BN" at position 0', 'directly follow'],
    ['FC10-BN', 'token "BN" at position 1', 'feeds no neuron'],
    ['LIF-FC10', 'token "LIF" at position 0', 'no weights before it'],
    ['4C3-LIF-LIF-FC10', 'token "LIF" at position 2', 'no weights before it'],
    ['4C3-LIF-MP2-LIF-FC10', 'token "LIF" at position 3', 'no weights before it'],
    ['MP2-4C3-LIF-FC10', 'token "MP2" at position 0', 'comes first'],
    ['DP0.5-FC10', 'token "DP0.5" at position 0', 'must follow a neuron'],
    ['4C3-DP0.5-LIF-FC10', 'token "DP0.5" at position 1', 'must follow a neuron'],
    ['FC20-LIF-4C3-LIF-FC10', 'token "4C3" at position 2', 'no height and width'],
    ['4C3-LIF', 'token "LIF" at position 1', 'must be an FC'],
    ['4C3', 'token "4C3" at position 0', 'must be an FC'],
    ['4C3-LIF-MP2', 'token "MP2" at position 2', 'must be an FC'],
    ['FC10-LIF-DP0.5', 'token "DP0.5" at position 2', 'must be an FC'],
    ['FC10-LIF-MP2', 'token "MP2" at position 2', 'must be an FC'],
  ])('refuses %s', (architecture, token, reason) => {
    const error = failure(architecture);
    expect(error.code).toBe('spec.architecture-unsupported');
    expect(error.detail).toContain(token);
    expect(error.detail).toContain(reason);
    expect(error.errors).toEqual([{ detail: error.detail, pointer: '/model/architecture' }]);
  });

  it.each([
    ['4C3-LIF-MP2-MP2-MP2-MP2-MP2-FC10', '"MP2" at position 6', '1×1×4'],
    ['4C3S9-LIF-AP5-FC10', '"AP5" at position 2', '4×4×4'],
    ['FC20-LIF-MP2-FC10', '"MP2" at position 2', '1×1×20'],
  ])('refuses %s, which shrinks to nothing', (architecture, token, shape) => {
    const error = failure(architecture);
    expect(error.code).toBe('spec.shape-vanishes');
    expect(error.detail).toContain(token);
    expect(error.detail).toContain(shape);
    expect(error.errors[0]!.pointer).toBe('/model/architecture');
  });

  it('wants one unit per class', () => {
    const error = failure('4C3-LIF-FC11-LIF');
    expect(error.code).toBe('spec.classes-mismatch');
    expect(error.detail).toBe(
      'token "FC11" at position 2 (counted from 0) has 11 units, the data set has 10 classes',
    );
  });

  it.each([
    ['FC90000-LIF-FC10', ['71460000 weights; the limit is 64000000']],
    ['9000C1-LIF-FC10', ['70569000 weights', '7056000 neurons; the limit is 4000000']],
    ['999C99-IF-999C9-IF-FC10', ['weights', 'synapses; the limit is 10000000000']],
  ])('refuses %s as too large and names the limits', (architecture, expected) => {
    const error = failure(architecture);
    expect(error.code).toBe('spec.network-too-large');
    for (const part of expected) expect(error.errors.some(({ detail }) => detail.includes(part))).toBe(true);
  });
});
