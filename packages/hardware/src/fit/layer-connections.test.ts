import type { WeightLayer } from '@spikefit/contracts';
import { randomStream } from '@spikefit/specification';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fanOutMap } from '../energy/fan-out-map.ts';
import { layerConnections } from './layer-connections.ts';
import { maskedConnections } from './masked-connections.ts';

const convolution = (
  height: number,
  width: number,
  channels: number,
  kernel: number,
  stride: number,
  filters: number,
): WeightLayer => ({
  id: '0.conv',
  kind: 'conv',
  inputShape: [height, width, channels],
  outputShape: [Math.ceil(height / stride), Math.ceil(width / stride), filters],
  kernel,
  stride,
  filters,
  useBias: false,
});

/** Small integers, a third of them 0, so that sums of them are 0 too. */
const weightsOf = (length: number, seed: number): Float32Array => {
  const stream = randomStream(seed, 'init', 0);
  return Float32Array.from({ length }, () => stream.integer(3) - 1);
};

/** Every weight from a sending position to a neuron added up, one product after the other. */
function enumerate(
  layer: WeightLayer & { kind: 'conv' },
  weights: Float32Array,
  averagedInputs: number,
  averagedOutputs: number,
  isThere: (sender: [number, number, number], neuron: [number, number, number]) => boolean = () => true,
): { synapses: number; fanIn: number; fanOut: number } {
  const [height, width, channels] = layer.inputShape;
  const [outHeight, outWidth] = layer.outputShape;
  const { kernel, stride, filters } = layer;
  const before = (size: number, outputs: number) =>
    Math.floor(Math.max((outputs - 1) * stride + kernel - size, 0) / 2);
  const sums = new Map<string, number>();
  for (let oy = 0; oy < outHeight; oy++)
    for (let ox = 0; ox < outWidth; ox++)
      for (let ky = 0; ky < kernel; ky++)
        for (let kx = 0; kx < kernel; kx++) {
          const y = oy * stride - before(height, outHeight) + ky;
          const x = ox * stride - before(width, outWidth) + kx;
          const ny = Math.floor(oy / averagedOutputs);
          const nx = Math.floor(ox / averagedOutputs);
          const isDropped =
            ny >= Math.floor(outHeight / averagedOutputs) || nx >= Math.floor(outWidth / averagedOutputs);
          if (y < 0 || x < 0 || y >= height || x >= width || isDropped) continue;
          for (let c = 0; c < channels; c++)
            for (let f = 0; f < filters; f++)
              for (let wy = 0; wy < averagedInputs; wy++)
                for (let wx = 0; wx < averagedInputs; wx++) {
                  const place: [number, number, number] = [
                    y * averagedInputs + wy,
                    x * averagedInputs + wx,
                    c,
                  ];
                  if (!isThere(place, [ny, nx, f])) continue;
                  const sender = place.join();
                  const key = `${sender}>${ny},${nx},${f}`;
                  const weight = weights[((ky * kernel + kx) * channels + c) * filters + f]!;
                  sums.set(key, (sums.get(key) ?? 0) + weight);
                }
        }
  const inputs = new Map<string, number>();
  const readers = new Map<string, number>();
  let synapses = 0;
  for (const [key, sum] of sums) {
    if (sum === 0) continue;
    const [sender, neuron] = key.split('>') as [string, string];
    synapses += 1;
    inputs.set(neuron, (inputs.get(neuron) ?? 0) + 1);
    readers.set(sender, (readers.get(sender) ?? 0) + 1);
  }
  return {
    synapses,
    fanIn: Math.max(0, ...inputs.values()),
    fanOut: Math.max(0, ...readers.values()),
  };
}

const small = (max: number) => fc.integer({ min: 1, max });

describe('the connections of a layer', () => {
  it('are those of an enumeration, for any kernel, stride, border, average pool and zeros', () => {
    fc.assert(
      fc.property(
        fc.tuple(small(7), small(7), small(2), small(5), small(3), small(3)),
        small(3),
        small(3),
        fc.nat(1000),
        (geometry, averagedInputs, averagedOutputs, seed) => {
          const layer = convolution(...geometry) as WeightLayer & { kind: 'conv' };
          const size = layer.kernel ** 2 * layer.inputShape[2] * layer.filters;
          const pools = { averagedInputs, averagedOutputs };
          const weights = weightsOf(size, seed);
          expect(layerConnections(layer, { ...pools, weights })).toEqual(
            enumerate(layer, weights, averagedInputs, averagedOutputs),
          );
          expect(layerConnections(layer, pools)).toEqual(
            enumerate(layer, new Float32Array(size).fill(1), averagedInputs, averagedOutputs),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it('are those of an enumeration where single neurons of both sides are gone', () => {
    fc.assert(
      fc.property(
        fc.tuple(small(5), small(5), small(2), small(4), small(2), small(3)),
        small(2),
        small(2),
        fc.nat(1000),
        (geometry, averagedInputs, averagedOutputs, seed) => {
          const layer = convolution(...geometry) as WeightLayer & { kind: 'conv' };
          const [height, width, channels] = layer.inputShape;
          const [outHeight, outWidth, filters] = layer.outputShape;
          const size = layer.kernel ** 2 * channels * filters;
          const stream = randomStream(seed, 'subset', 1);
          const drawn = (length: number) => Uint8Array.from({ length }, () => stream.integer(2));
          // Senders lie before an average pool; neurons behind one, so that all places of a window share theirs.
          const senders = drawn(height * width * channels * averagedInputs ** 2);
          const neurons = drawn(outHeight * outWidth * filters);
          const senderAt = (y: number, x: number, c: number) =>
            senders[(y * width * averagedInputs + x) * channels + c]!;
          const neuronAt = (y: number, x: number, f: number) => neurons[(y * outWidth + x) * filters + f]!;
          const sources = Float64Array.from({ length: height * width * channels }, (_, i) => {
            const [y, x] = [Math.floor(i / channels / width), Math.floor(i / channels) % width];
            let stands = 0;
            for (let wy = 0; wy < averagedInputs; wy++)
              for (let wx = 0; wx < averagedInputs; wx++)
                stands += senderAt(y * averagedInputs + wy, x * averagedInputs + wx, i % channels);
            return stands;
          });
          const outputs = Uint8Array.from({ length: neurons.length }, (_, i) => {
            const [y, x] = [Math.floor(i / filters / outWidth), Math.floor(i / filters) % outWidth];
            return neuronAt(Math.floor(y / averagedOutputs), Math.floor(x / averagedOutputs), i % filters);
          });
          const expected = (weights: Float32Array) =>
            enumerate(
              layer,
              weights,
              averagedInputs,
              averagedOutputs,
              (sender, neuron) => senderAt(...sender) === 1 && neuronAt(...neuron) === 1,
            );
          const masks = { sources, outputs, averagedOutputs };
          const weights = weightsOf(size, seed);
          expect(maskedConnections(layer, { ...masks, weights })).toEqual(expected(weights));
          expect(maskedConnections(layer, masks)).toEqual(expected(new Float32Array(size).fill(1)));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('add up to the fan-out map', () => {
    const layer = convolution(6, 5, 3, 3, 2, 4);
    const weights = weightsOf(9 * 3 * 4, 7);
    const network = { layers: [layer] } as unknown as Parameters<typeof fanOutMap>[0];
    const map = fanOutMap(network, '0.conv', weights);
    expect(layerConnections(layer, { weights })).toMatchObject({
      synapses: map.reduce((sum, n) => sum + n, 0),
      fanOut: Math.max(...map),
    });
  });

  it('of an FC are its weights', () => {
    const layer: WeightLayer = {
      id: '0.fc',
      kind: 'dense',
      inputShape: [2, 1, 2],
      outputShape: [1, 1, 3],
      units: 3,
      useBias: false,
    };
    expect(layerConnections(layer)).toEqual({ synapses: 12, fanIn: 4, fanOut: 3 });
    expect(layerConnections(layer, { averagedInputs: 2 })).toEqual({ synapses: 48, fanIn: 16, fanOut: 3 });
    const weights = Float32Array.of(0, 1, 1, 0, 2, 0, 0, 3, 0, 0, 0, 0);
    expect(layerConnections(layer, { weights })).toEqual({ synapses: 4, fanIn: 3, fanOut: 2 });
  });
});
