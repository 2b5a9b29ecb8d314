/**
 * A whole network in plain loops over single numbers (autograd.ts): every step, sample, pixel and channel by itself,
 * nothing merged, nothing computed once. Slow, for tiny networks.
 */
import type { Layer, Network, NeuronBackwardAttributes } from '@spikefit/contracts';
import type { HostParameters } from '../../src/tensors/host-tensor.ts';
import {
  add,
  apply,
  branch,
  constant,
  divide,
  exponential,
  logarithm,
  logistic,
  mean,
  multiply,
  squareRoot,
  subtract,
  sum,
  type Value,
} from './autograd.ts';
import { runNeuron, type SpikeKind } from './neuron.ts';

/** [time][sample][y][x][channel] */
type Activation = Value[][][][][];

const epsilon = 1e-5;

export interface ReferenceResult {
  readonly parameters: Record<string, Value[]>;
  /** [B][classes] */
  readonly logits: Value[][];
  /** By neuron id, [time][sample][y][x][channel]; each value only as its consumers use it. */
  readonly consumed: Record<string, Activation>;
  readonly statistics: Record<string, { mean: number[]; variance: number[] }>;
  /** The least distance of a potential from its threshold. */
  readonly margin: number;
}

const map = (
  a: Activation,
  f: (v: Value, t: number, b: number, y: number, x: number, c: number) => Value,
): Activation =>
  a.map((s, t) => s.map((i, b) => i.map((r, y) => r.map((p, x) => p.map((v, c) => f(v, t, b, y, x, c))))));

const grid = (height: number, width: number, f: (y: number, x: number) => Value[]): Value[][][] =>
  Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_unused, x) => f(y, x)));

/** @param input [B·H·W·C] */
export function runReference(
  network: Network,
  host: HostParameters,
  input: ArrayLike<number>,
  { training, kind = 'hard' }: { training: boolean; kind?: SpikeKind },
): ReferenceResult {
  const parameters = Object.fromEntries(
    Object.entries(host).map(([name, { data }]) => [name, Array.from(data, constant)]),
  );
  const consumed: Record<string, Activation> = {};
  const statistics: ReferenceResult['statistics'] = {};
  let margin = Number.POSITIVE_INFINITY;
  const [height, width, channels] = network.inputShape;
  const batch = input.length / (height * width * channels);
  const image = (b: number) =>
    grid(height, width, (y, x) =>
      Array.from({ length: channels }, (_, c) =>
        constant(input[((b * height + y) * width + x) * channels + c]!),
      ),
    );
  let a: Activation = Array.from({ length: network.timeSteps }, () =>
    Array.from({ length: batch }, (_, b) => image(b)),
  );

  const perImage = (f: (i: Value[][][]) => Value[][][]): Activation => a.map((step) => step.map(f));
  const flatten = (i: Value[][][]): Value[] => i.flat(2);

  const conv = (layer: Layer & { kind: 'conv' }): Activation => {
    const weights = parameters[`${layer.id}/weights`]!;
    const [outHeight, outWidth, filters] = layer.outputShape;
    const inputs = layer.inputShape[2];
    // Same padding as TensorFlow's: what is missing is split, the odd one at the end.
    const before = (size: number, out: number) =>
      Math.floor(Math.max(0, (out - 1) * layer.stride + layer.kernel - size) / 2);
    const top = before(layer.inputShape[0], outHeight);
    const left = before(layer.inputShape[1], outWidth);
    return perImage((i) =>
      grid(outHeight, outWidth, (y, x) =>
        Array.from({ length: filters }, (_, f) => {
          const terms: Value[] = layer.useBias ? [parameters[`${layer.id}/bias`]![f]!] : [];
          for (let ky = 0; ky < layer.kernel; ky += 1)
            for (let kx = 0; kx < layer.kernel; kx += 1) {
              const pixel = i[y * layer.stride + ky - top]?.[x * layer.stride + kx - left];
              pixel?.forEach((v, c) => {
                terms.push(multiply(v, weights[((ky * layer.kernel + kx) * inputs + c) * filters + f]!));
              });
            }
          return sum(terms);
        }),
      ),
    );
  };

  const dense = (layer: Layer & { kind: 'dense' }): Activation => {
    const weights = parameters[`${layer.id}/weights`]!;
    return perImage((i) => {
      const flat = flatten(i);
      const outputs = Array.from({ length: layer.units }, (_, u) => {
        const bias = layer.useBias ? [parameters[`${layer.id}/bias`]![u]!] : [];
        return sum([...bias, ...flat.map((v, k) => multiply(v, weights[k * layer.units + u]!))]);
      });
      return [[outputs]];
    });
  };

  const batchNorm = (layer: Layer): Activation => {
    const named = (name: string) => parameters[`${layer.id}/${name}`]!;
    const perChannel = named('gamma').map((_, c) => {
      const values = a.flatMap((step) =>
        step.flatMap((i) => i.flatMap((row) => row.map((pixel) => pixel[c]!))),
      );
      const average = training ? mean(values) : named('mean')[c]!;
      const squares = values.map((v) => multiply(subtract(v, average), subtract(v, average)));
      const variance = training ? mean(squares) : named('variance')[c]!;
      const unbiased = (variance.value * values.length) / (values.length - 1);
      return { average, deviation: squareRoot(add(variance, constant(epsilon))), unbiased };
    });
    statistics[layer.id] = {
      mean: perChannel.map(({ average }) => average.value),
      variance: perChannel.map(({ unbiased }) => unbiased),
    };
    return map(a, (v, _t, _b, _y, _x, c) => {
      const { average, deviation } = perChannel[c]!;
      return add(multiply(divide(subtract(v, average), deviation), named('gamma')[c]!), named('beta')[c]!);
    });
  };

  const neuron = (layer: Layer & { kind: 'neuron' }): Activation => {
    const n = network.neuron;
    const attributes: NeuronBackwardAttributes = {
      timeSteps: network.timeSteps,
      repeat: false,
      neuron: layer.neuron === 'if' ? 'if' : 'lif',
      decayInput: n.decayInput,
      resetMode: n.reset,
      comparison: n.comparison,
      resetDelay: n.resetDelay,
      surrogate: n.surrogate.name,
      surrogateParameter: n.surrogate.parameter,
      detachReset: n.detachReset,
    };
    const decay =
      layer.neuron === 'plif' ? logistic(parameters[`${layer.id}/decayLogit`]![0]!) : constant(1 / n.tau);
    const traces = a[0]!.map((i, b) =>
      i.map((row, y) =>
        row.map((pixel, x) =>
          pixel.map((_, c) => {
            const threshold = parameters[`${layer.id}/threshold`]?.[c]?.value ?? n.threshold;
            const reset = parameters[`${layer.id}/reset`]?.[c]?.value ?? n.resetValue;
            const inputs = a.map((step) => step[b]![y]![x]![c]!);
            const trace = runNeuron(inputs, { decay, threshold, reset }, attributes, kind);
            for (const h of trace.membranes) margin = Math.min(margin, Math.abs(h.value - threshold));
            return trace.spikes.map(branch);
          }),
        ),
      ),
    );
    const spikes = map(a, (_v, t, b, y, x, c) => traces[b]![y]![x]![c]![t]!);
    consumed[layer.id] = spikes;
    return spikes;
  };

  const pool = (layer: Layer & { kind: 'maxPool' | 'averagePool' }): Activation => {
    const [outHeight, outWidth, outChannels] = layer.outputShape;
    return perImage((i) =>
      grid(outHeight, outWidth, (y, x) =>
        Array.from({ length: outChannels }, (_, c) => {
          const window: Value[] = [];
          for (let dy = 0; dy < layer.size; dy += 1)
            for (let dx = 0; dx < layer.size; dx += 1)
              window.push(i[y * layer.size + dy]![x * layer.size + dx]![c]!);
          if (layer.kind === 'averagePool') return mean(window);
          const largest = window.reduce((best, v) => (v.value > best.value ? v : best));
          return apply(largest, largest.value, 1);
        }),
      ),
    );
  };

  for (const layer of network.layers) {
    if (layer.kind === 'conv') a = conv(layer);
    else if (layer.kind === 'dense') a = dense(layer);
    else if (layer.kind === 'batchNorm') a = batchNorm(layer);
    else if (layer.kind === 'neuron') a = neuron(layer);
    else if (layer.kind !== 'dropout') a = pool(layer);
  }
  const outputs = a.map((step) => step.map(flatten));
  const logits = outputs[0]!.map((row, b) => row.map((_, k) => mean(outputs.map((step) => step[b]![k]!))));
  return { parameters, logits, consumed, statistics, margin };
}

/** Summed over the batch. */
export function crossEntropyReference(logits: Value[][], labels: readonly number[]): Value {
  return sum(logits.map((row, b) => subtract(logarithm(sum(row.map(exponential))), row[labels[b]!]!)));
}
