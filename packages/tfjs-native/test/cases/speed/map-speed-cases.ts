import { random } from '../random.ts';
import { empty, type SpeedCase, spikeBits } from './speed-case.ts';

/** LIF, hard reset, T steps of `perStep` neurons. */
function neuronCases(perStep: number, channels: number, steps: number): SpeedCase[] {
  const dimensions = Int32Array.of(steps, perStep, channels, 0, 1, 1, 0, 0);
  const elements = perStep * steps;
  const name = `LIF [${perStep / channels}, ${channels}], T = ${steps}`;
  const [decay, threshold, reset] = [0.5, 1, 0].map((value) => Float32Array.of(value));
  const data = random(4);
  return [
    {
      kernel: 'neuronForward',
      title: `${name} forward`,
      work: { elements },
      prepare(addon) {
        const [x, spikes, charged] = [data.uniform(elements, -1, 2), empty(elements), empty(elements)];
        return () => addon.neuronForward(dimensions, x, decay!, threshold!, reset!, spikes, charged);
      },
    },
    {
      kernel: 'neuronBackward',
      title: `${name} backward, atan`,
      work: { elements },
      prepare(addon) {
        const [charged, dy] = [data.uniform(elements, -1, 2), data.uniform(elements)];
        const outputs = [empty(elements), empty(1)] as const;
        return () =>
          addon.neuronBackward(
            ...([dimensions, 0, 2, 1, dy, charged, null, decay!, threshold!, reset!] as const),
            ...outputs,
          );
      },
    },
  ];
}

/** Batch norm, IF and 2×2 max pool as one. */
function spikeBlockCases(batch: number, size: number, channels: number, steps: number): SpeedCase[] {
  const dimensions = Int32Array.of(steps, batch, size, size, channels, 2, 2, 0, 0, 1, 0, 0);
  const elements = steps * batch * size * size * channels;
  const name = `batch norm, IF, pool [${batch}, ${size}, ${size}, ${channels}], T = ${steps}`;
  const data = random(5);
  const parameters = (): [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array] => [
    ...([Float32Array.of(0.5), Float32Array.of(1), Float32Array.of(0)] as const),
    ...([data.uniform(channels, 0.5, 2), data.uniform(channels)] as const),
  ];
  const statistics = (): [Float32Array, Float32Array] => [empty(channels), empty(channels).fill(0.33)];
  return [
    {
      kernel: 'spikeBlockForward',
      title: `${name} forward`,
      work: { elements },
      prepare(addon) {
        const inputs = [data.uniform(elements), ...parameters()] as const;
        const outputs = [new Uint8Array(elements / 32), ...statistics()] as const;
        return () => {
          addon.spikeBlockForward(dimensions, 1e-5, ...inputs, ...outputs, new Int32Array(1));
        };
      },
    },
    {
      kernel: 'spikeBlockBackward',
      title: `${name} backward, atan`,
      work: { elements },
      prepare(addon) {
        const inputs = [data.uniform(elements / 4), data.uniform(elements), ...parameters()] as const;
        const outputs = [empty(elements), empty(1), empty(channels), empty(channels)] as const;
        const settings = [dimensions, 1e-5, 0, 2, 1, 0] as const;
        const [mean, variance] = statistics();
        return () => addon.spikeBlockBackward(...settings, ...inputs, mean, variance, ...outputs);
      },
    },
  ];
}

function channelCases(rows: number, count: number): SpeedCase[] {
  const dimensions = Int32Array.of(rows, count);
  const elements = rows * count;
  const data = random(6);
  const name = `[${rows}, ${count}]`;
  const values = (): Float32Array => data.uniform(elements);
  const perChannel = (): Float32Array => data.uniform(count, 0.5, 2);
  const run = (kernel: SpeedCase['kernel'], title: string, prepare: SpeedCase['prepare']): SpeedCase => ({
    kernel,
    title: `${title} ${name}`,
    work: { elements },
    prepare,
  });
  return [
    run('batchNormTrain', 'batch norm', (addon) => {
      const [x, gamma, beta, y] = [values(), perChannel(), perChannel(), empty(elements)];
      const [mean, variance] = [empty(count), empty(count)];
      return () => addon.batchNormTrain(dimensions, 1e-5, x, gamma, beta, y, mean, variance);
    }),
    run('batchNormTrainGradient', 'batch norm gradient', (addon) => {
      const inputs = [values(), values(), perChannel(), perChannel(), perChannel()] as const;
      const outputs = [empty(elements), empty(count), empty(count)] as const;
      return () => addon.batchNormTrainGradient(dimensions, 1e-5, ...inputs, ...outputs);
    }),
    run('channelAffine', 'channel affine', (addon) => {
      const [x, scale, shift, y] = [values(), perChannel(), perChannel(), empty(elements)];
      return () => addon.channelAffine(dimensions, x, scale, shift, y);
    }),
    run('channelAffineGradient', 'channel affine gradient', (addon) => {
      const [dy, x, scale] = [values(), values(), perChannel()];
      const outputs = [empty(elements), empty(count), empty(count)] as const;
      return () => addon.channelAffineGradient(dimensions, dy, x, scale, ...outputs);
    }),
    run('axisSum', 'sum over rows', (addon) => {
      const [x, sums] = [values(), empty(count)];
      return () => addon.axisSum(Int32Array.of(1, rows, count), x, sums);
    }),
    run('binaryElementwise', 'add to rows', (addon) => {
      const [a, b, c] = [values(), perChannel(), empty(elements)];
      return () => addon.binaryElementwise(Int32Array.of(rows, count, 1, 0, 0), a, b, c);
    }),
    run('repeatRuns', 'a step repeated four times', (addon) => {
      const [x, y] = [values(), empty(4 * elements)];
      return () => addon.repeatRuns(Int32Array.of(1, elements, 4), x, y);
    }),
    run('packSpikes', 'spikes to bits', (addon) => {
      const [x, bits] = [data.spikes(elements, 0.2), new Uint8Array(Math.ceil(elements / 8))];
      return () => {
        addon.packSpikes(Int32Array.of(elements), x, bits);
      };
    }),
    run('unpackSpikes', 'bits to spikes', (addon) => {
      const [bits, x] = [spikeBits(data.spikes(elements, 0.2)), empty(elements)];
      return () => addon.unpackSpikes(Int32Array.of(elements), bits, x);
    }),
    run('adamStep', 'Adam', (addon) => {
      const inputs = [values(), values(), values().map(Math.abs), values()] as const;
      const outputs = [empty(elements), empty(elements), empty(elements)] as const;
      return () =>
        addon.adamStep(Int32Array.of(elements), 1e-3, 0.9, 0.999, 1e-8, 0, 10, ...inputs, ...outputs);
    }),
    run('sgdStep', 'SGD', (addon) => {
      const inputs = [values(), values(), values()] as const;
      const outputs = [empty(elements), empty(elements)] as const;
      return () => addon.sgdStep(Int32Array.of(elements), 1e-3, 0.9, 1e-4, ...inputs, ...outputs);
    }),
    run('crossEntropy', 'cross entropy', (addon) => {
      const [logits, labels] = [values(), new Int32Array(rows)];
      const outputs = [empty(1), empty(elements)] as const;
      return () => addon.crossEntropy(dimensions, 1 / rows, logits, labels, ...outputs);
    }),
  ];
}

/** 2×2 windows. */
function poolCases(batch: number, size: number, channels: number): SpeedCase[] {
  const half = size / 2;
  const dimensions = Int32Array.of(batch, size, size, channels, half, half, 2, 2, 2, 2, 0, 0);
  const elements = batch * size * size * channels;
  const name = `pool 2×2 [${batch}, ${size}, ${size}, ${channels}]`;
  const data = random(7);
  const x = (): Float32Array => data.spikes(elements, 0.15);
  const dy = (): Float32Array => data.uniform(elements / 4);
  return [
    {
      kernel: 'maxPoolForward',
      title: `max ${name}`,
      work: { elements },
      prepare(addon) {
        const [input, y] = [x(), empty(elements / 4)];
        return () => addon.maxPoolForward(dimensions, input, y);
      },
    },
    {
      kernel: 'maxPoolGradient',
      title: `max ${name} gradient`,
      work: { elements },
      prepare(addon) {
        const [input, gradient, dx] = [x(), dy(), empty(elements)];
        return () => addon.maxPoolGradient(dimensions, input, gradient, dx);
      },
    },
    {
      kernel: 'averagePoolForward',
      title: `average ${name}`,
      work: { elements },
      prepare(addon) {
        const [input, y] = [x(), empty(elements / 4)];
        return () => addon.averagePoolForward(dimensions, input, y);
      },
    },
    {
      kernel: 'averagePoolGradient',
      title: `average ${name} gradient`,
      work: { elements },
      prepare(addon) {
        const [gradient, dx] = [dy(), empty(elements)];
        return () => addon.averagePoolGradient(dimensions, gradient, dx);
      },
    },
  ];
}

export const mapSpeedCases: readonly SpeedCase[] = [
  ...neuronCases(128 * 14 * 14 * 64, 64, 4),
  ...spikeBlockCases(128, 28, 32, 4),
  ...channelCases(128 * 14 * 14, 64),
  ...poolCases(128, 28, 32),
];
