import type { ConvLayer, Network } from '@spikefit/contracts';
import { defaultNeuron, inferNetwork, randomStream } from '@spikefit/specification';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countOperations } from './count-operations.ts';
import { fanOutMap, rowsPerInput } from './fan-out-map.ts';
import { operationKinds } from './operation-kinds.ts';
import { synapticOperationsEnergy } from './synaptic-operations-energy.ts';

const build = (
  architecture: string,
  inputShape: [number, number, number],
  encoder: Network['encoder'] = 'direct',
): Network =>
  inferNetwork({ architecture, inputShape, classes: 3, timeSteps: 4, encoder, neuron: defaultNeuron });

const sparseWeights = (length: number, seed: number): Float32Array => {
  const stream = randomStream(seed, 'init', 0);
  return Float32Array.from({ length }, () => (stream.uniform() < 0.3 ? 0 : stream.normal()));
};

/** Every product of a same-padded convolution whose weight is not zero, one by one: calls `visit` with its input. */
function visitConvolution(
  [height, width, channels]: readonly number[],
  { kernel, stride, filters }: { kernel: number; stride: number; filters: number },
  weights: Float32Array,
  visit: (input: number, output: number) => void,
): void {
  const axis = (size: number) => {
    const outputs = Math.ceil(size / stride);
    return { outputs, before: Math.floor(Math.max((outputs - 1) * stride + kernel - size, 0) / 2) };
  };
  const rows = axis(height!);
  const columns = axis(width!);
  for (let oy = 0; oy < rows.outputs; oy++)
    for (let ox = 0; ox < columns.outputs; ox++)
      for (let ky = 0; ky < kernel; ky++)
        for (let kx = 0; kx < kernel; kx++)
          for (let c = 0; c < channels!; c++)
            for (let f = 0; f < filters; f++) {
              const y = oy * stride - rows.before + ky;
              const x = ox * stride - columns.before + kx;
              if (y < 0 || x < 0 || y >= height! || x >= width!) continue;
              if (weights[((ky * kernel + kx) * channels! + c) * filters + f] === 0) continue;
              visit((y * width! + x) * channels! + c, (oy * columns.outputs + ox) * filters + f);
            }
}

describe('fan-out', () => {
  it('is the brute-force count for any kernel, stride and border', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(1000),
        (height, width, channels, kernel, stride, filters, seed) => {
          const network = build(`${filters}C${kernel}S${stride}-IF-FC3`, [height, width, channels]);
          const weights = sparseWeights(kernel * kernel * channels * filters, seed);
          const expected = new Float32Array(height * width * channels);
          visitConvolution([height, width, channels], { kernel, stride, filters }, weights, (input) => {
            expected[input]! += 1;
          });
          expect(fanOutMap(network, '0.conv', weights)).toEqual(expected);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('leaves out what is not present at either end, and rows that nobody there reads', () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 2 }),
        fc.nat(1000),
        ([height, width], kernel, stride, seed) => {
          const network = build(`2C${kernel}S${stride}-IF-FC3`, [height, width, 2]);
          const layer = network.layers[0] as ConvLayer;
          const weights = sparseWeights(kernel * kernel * 2 * 2, seed);
          const stream = randomStream(seed, 'subset', 0);
          const drawn = (shape: readonly number[]) =>
            Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => stream.integer(2));
          const presence = { inputs: drawn(layer.inputShape), outputs: drawn(layer.outputShape) };
          const expected = new Float32Array(presence.inputs.length);
          const places = new Map<string, number>();
          const shape = { kernel, stride, filters: 2 };
          visitConvolution(layer.inputShape, shape, weights, (input, output) => {
            expected[input]! += presence.inputs[input]! * presence.outputs[output]!;
          });
          visitConvolution(
            layer.inputShape,
            shape,
            weights.map(() => 1),
            (input, output) => {
              if (presence.inputs[input]! * presence.outputs[output]! === 1)
                places.set(`${input},${Math.floor(output / 2)}`, input);
            },
          );
          const rows = new Float32Array(expected.length);
          for (const input of places.values()) rows[input]! += 1;
          expect(fanOutMap(network, '0.conv', weights, presence)).toEqual(expected);
          expect(rowsPerInput(layer, presence)).toEqual(rows);
        },
      ),
      { numRuns: 200 },
    );
    const network = build('FC2-IF-FC3', [1, 2, 1]);
    const presence = { inputs: Uint8Array.of(0, 1), outputs: Uint8Array.of(1, 0) };
    expect([...fanOutMap(network, '0.fc', Float32Array.of(1, 1, 1, 1), presence)]).toEqual([0, 1]);
  });

  it('of 3×3 weights without zeros is 9 filters inside, 6 at the edge, 4 in the corner', () => {
    const map = fanOutMap(build('2C3-IF-FC3', [3, 3, 1]), '0.conv', new Float32Array(18).fill(1));
    expect([...map]).toEqual([8, 12, 8, 12, 18, 12, 8, 12, 8]);
  });

  it('of an FC is the number of non-zero weights in its row', () => {
    const network = build('FC2-IF-FC3', [1, 2, 1]);
    expect([...fanOutMap(network, '0.fc', Float32Array.of(0, 1, 0, 0))]).toEqual([1, 0]);
  });

  it('refuses weights of another size and layers without weights', () => {
    const network = build('FC2-IF-FC3', [1, 2, 1]);
    expect(() => fanOutMap(network, '0.fc', new Float32Array(5))).toThrow('has 4 weights, not 5');
    expect(() => fanOutMap(network, '1.if', new Float32Array(5))).toThrow('no weight layer "1.if"');
  });
});

describe('the operations of an ANN twin', () => {
  const twin = inferNetwork({
    architecture: 'FC2-IF-FC3',
    inputShape: [1, 2, 1],
    classes: 3,
    timeSteps: 4,
    encoder: 'direct',
    neuron: defaultNeuron,
    activation: 'quantized-relu',
  });

  it('are multiply-accumulates, at inputs that are not zero, in one pass', () => {
    expect(operationKinds(twin).map(({ kind, input }) => [kind, input])).toEqual([
      ['multiply-accumulate', 'image'],
      ['multiply-accumulate', 'events'],
    ]);
    const counted = countOperations({
      network: twin,
      weights: { '0.fc': new Float32Array(4).fill(1), '2.fc': Float32Array.of(1, 0, 1, 1, 1, 1) },
      // Of two images, one has the first output above 0 and both the second.
      inputEvents: { '2.fc': [1, 2] },
      images: 2,
    });
    expect(counted).toEqual({ accumulates: 0, multiplyAccumulates: 4 + (1 * 2 + 2 * 3) / 2 });
  });
});

describe('synaptic operations', () => {
  it('are the brute-force count over every spike and every non-zero weight', () => {
    const network = build('3C3-IF-MP2-4C3-IF-FC3', [6, 4, 2]);
    const weights = {
      '0.conv': sparseWeights(3 * 3 * 2 * 3, 1),
      '3.conv': sparseWeights(3 * 3 * 3 * 4, 2),
      '5.fc': sparseWeights(3 * 2 * 4 * 3, 3),
    };
    const images = 3;
    const stream = randomStream(9, 'encode', 0);
    const spikes = (inputs: number) =>
      Array.from({ length: images * network.timeSteps }, () =>
        Uint8Array.from({ length: inputs }, () => (stream.uniform() < 0.2 ? 1 : 0)),
      );
    const frames = { '3.conv': spikes(3 * 2 * 3), '5.fc': spikes(3 * 2 * 4) };

    let macs = 0;
    visitConvolution([6, 4, 2], { kernel: 3, stride: 1, filters: 3 }, weights['0.conv'], () => {
      macs += 1;
    });
    let accumulates = 0;
    for (const frame of frames['3.conv']) {
      visitConvolution([3, 2, 3], { kernel: 3, stride: 1, filters: 4 }, weights['3.conv'], (input) => {
        accumulates += frame[input]!;
      });
    }
    for (const frame of frames['5.fc']) {
      for (const [input, spike] of frame.entries()) {
        for (let unit = 0; unit < 3; unit++)
          if (weights['5.fc'][input * 3 + unit] !== 0) accumulates += spike;
      }
    }
    const sum = (all: Uint8Array[]) =>
      all.reduce((total, one) => total.map((value, i) => value + one[i]!), new Float32Array(all[0]!.length));
    const counted = countOperations({
      network,
      weights,
      inputEvents: { '3.conv': sum(frames['3.conv']), '5.fc': sum(frames['5.fc']) },
      images,
    });
    expect(counted.multiplyAccumulates).toBe(macs);
    expect(counted.accumulates).toBeCloseTo(accumulates / images, 9);
  });

  it('are MACs for an image and behind an average pool, ACs for spikes', () => {
    const kinds = (encoder: Network['encoder']) =>
      operationKinds(build('2C3-IF-AP2-2C3-IF-MP2-FC3', [8, 8, 1], encoder)).map(({ kind, input }) => [
        kind,
        input,
      ]);
    expect(kinds('direct')).toEqual([
      ['multiply-accumulate', 'image'],
      ['multiply-accumulate', 'events'],
      ['accumulate', 'events'],
    ]);
    expect(kinds('rate')[0]).toEqual(['accumulate', 'events']);
    expect(kinds('event')[0]).toEqual(['accumulate', 'events']);
  });

  it('need the events of every layer that reads spikes', () => {
    const network = build('FC2-IF-FC3', [1, 2, 1]);
    const weights = { '0.fc': new Float32Array(4), '2.fc': new Float32Array(6) };
    expect(() => countOperations({ network, weights, inputEvents: {}, images: 1 })).toThrow(
      '"2.fc" has 2 inputs',
    );
    expect(() => countOperations({ network, weights: {}, inputEvents: {}, images: 1 })).toThrow(
      '"0.fc" are missing',
    );
  });
});

describe('the energy of synaptic operations', () => {
  it('is Horowitz: 4.6 pJ per MAC and 0.9 pJ per AC in fp32', () => {
    const figure = synapticOperationsEnergy({
      baseline: { accumulates: 1e6, multiplyAccumulates: 2e5 },
      compressed: { accumulates: 1e5, multiplyAccumulates: 1e5 },
    });
    expect(figure.baseline).toBeCloseTo((0.9e6 + 4.6 * 2e5) * 1e-12, 18);
    expect(figure.compressed).toBeCloseTo((0.9e5 + 4.6e5) * 1e-12, 18);
    expect(figure.constants).toEqual({ multiplyAccumulatePicojoules: 4.6, accumulatePicojoules: 0.9 });
  });

  it('in 8-bit integers is another figure, of the same operations', () => {
    const figure = synapticOperationsEnergy({
      baseline: { accumulates: 0, multiplyAccumulates: 1e6 },
      compressed: { accumulates: 1e6, multiplyAccumulates: 0 },
      format: 'int8',
    });
    expect(figure.model).toBe('synaptic-operations-proxy, int8');
    expect(figure.baseline).toBeCloseTo(0.23e-6, 18);
    expect(figure.compressed).toBeCloseTo(0.03e-6, 18);
    expect(figure.assumptions.join(' ')).toContain('at most 8 bits');
  });
});
