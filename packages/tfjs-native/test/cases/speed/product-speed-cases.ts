import { random } from '../random.ts';
import { empty, type SpeedCase, spikeBits } from './speed-case.ts';

/** Of spikes: below about 0.15 they are added up from lists, above by tables. */
const densities = [0.02, 0.05, 0.1, 0.2, 0.5];

/** 3×3, same padding, stride 1: dense and from spikes. */
function convolutionCases(batch: number, size: number, inputs: number, outputs: number): SpeedCase[] {
  const dimensions = Int32Array.of(batch, size, size, inputs, size, size, outputs, 3, 3, 1, 1, 1, 1);
  const pixels = batch * size * size;
  const name = `3×3 ${inputs}→${outputs}, ${size}×${size}, batch ${batch}`;
  const work = { operations: 2 * pixels * 9 * inputs * outputs };
  const data = random(1);
  const x = (): Float32Array => data.spikes(pixels * inputs, 0.2);
  const filter = (): Float32Array => data.uniform(9 * inputs * outputs);
  const dy = (): Float32Array => data.uniform(pixels * outputs);
  const forward: SpeedCase[] = [
    {
      kernel: 'convolutionForward',
      title: `${name} forward`,
      work,
      prepare(addon) {
        const [input, weights, y] = [x(), filter(), empty(pixels * outputs)];
        return () => addon.convolutionForward(dimensions, input, weights, null, y);
      },
    },
    {
      kernel: 'convolutionFilterGradient',
      title: `${name} dW`,
      work,
      prepare(addon) {
        const [input, gradient, dFilter] = [x(), dy(), empty(9 * inputs * outputs)];
        return () => addon.convolutionFilterGradient(dimensions, input, gradient, dFilter);
      },
    },
  ];
  // A network's first layer has pixels for input, and nothing asks for their gradient.
  if (inputs === 1) return forward;
  const inputGradient = (
    kernel: 'convolutionInputGradient' | 'convolutionInputGradientBfloat16',
  ): SpeedCase => ({
    kernel,
    title: `${name} dX${kernel.endsWith('16') ? ', bfloat16' : ''}`,
    work,
    prepare(addon) {
      const [gradient, weights, dx] = [dy(), filter(), empty(pixels * inputs)];
      return () => addon[kernel](dimensions, gradient, weights, dx);
    },
  });
  return [
    ...forward,
    inputGradient('convolutionInputGradient'),
    inputGradient('convolutionInputGradientBfloat16'),
    ...densities.flatMap((density) => spikeCases(name, dimensions, 9 * inputs, pixels, density)),
  ];
}

/** Products of spikes kept as bits; the operations are those of the dense product. */
function spikeCases(
  name: string,
  dimensions: Int32Array,
  depth: number,
  pixels: number,
  density: number,
): SpeedCase[] {
  const [batch = 0, height = 0, width = 0, inputs = 0] = dimensions;
  const outputs = dimensions[6]!;
  const data = random(2);
  const bits = (): Uint8Array => spikeBits(data.spikes(batch * height * width * inputs, density));
  const work = { operations: 2 * pixels * depth * outputs };
  return [
    {
      kernel: 'spikeConvolutionForward',
      title: `${name} forward, spikes ${density}`,
      work,
      prepare(addon) {
        const [input, filter, y] = [bits(), data.uniform(depth * outputs), empty(pixels * outputs)];
        return () => addon.spikeConvolutionForward(dimensions, input, filter, null, y);
      },
    },
    {
      kernel: 'spikeConvolutionForwardGrid',
      title: `${name} forward on a grid, spikes ${density}`,
      work,
      prepare(addon) {
        const steps = Float32Array.of(1 / 128);
        const filter = data.uniform(depth * outputs).map((value) => Math.round(value * 128) / 128);
        const [input, y] = [bits(), empty(pixels * outputs)];
        return () => addon.spikeConvolutionForwardGrid(dimensions, input, filter, steps, null, y);
      },
    },
    {
      kernel: 'spikeConvolutionFilterGradient',
      title: `${name} dW, spikes ${density}`,
      work,
      prepare(addon) {
        const [input, dy, dFilter] = [bits(), data.uniform(pixels * outputs), empty(depth * outputs)];
        return () => addon.spikeConvolutionFilterGradient(dimensions, input, dy, dFilter);
      },
    },
  ];
}

function matrixCases(rows: number, depth: number, columns: number): SpeedCase[] {
  const dimensions = Int32Array.of(1, rows, columns, depth, 0, 0, 0, 0);
  const name = `matrix product ${rows}×${depth}×${columns}`;
  const work = { operations: 2 * rows * depth * columns };
  const data = random(3);
  const prepared = (): [Float32Array, Float32Array, Float32Array] => [
    data.uniform(rows * depth),
    data.uniform(depth * columns),
    empty(rows * columns),
  ];
  // Rows as pixels of one line: the same product.
  const asPixels = Int32Array.of(1, 1, rows, depth, 1, rows, columns, 1, 1, 1, 1, 0, 0);
  return [
    {
      kernel: 'matrixProduct',
      title: name,
      work,
      prepare(addon) {
        const [a, b, c] = prepared();
        return () => addon.matrixProduct(dimensions, a, b, null, c);
      },
    },
    {
      kernel: 'matrixProductBfloat16',
      title: `${name}, bfloat16`,
      work,
      prepare(addon) {
        const operands = prepared();
        return () => addon.matrixProductBfloat16(dimensions, ...operands);
      },
    },
    ...densities.flatMap((density) => spikeCases(name, asPixels, depth, rows, density)),
  ];
}

export const productSpeedCases: readonly SpeedCase[] = [
  ...convolutionCases(128, 28, 1, 32),
  ...convolutionCases(512, 14, 32, 64),
  ...convolutionCases(128, 14, 128, 128),
  ...convolutionCases(64, 8, 256, 256),
  ...matrixCases(512, 6272, 512),
  ...matrixCases(512, 3136, 10),
];
