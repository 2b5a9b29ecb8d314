import type { AveragePoolLayer, MaxPoolLayer, WeightLayer } from '@spikefit/contracts';
import { unitsOf } from '@spikefit/specification';
import { type AxisConnection, axesOf, type LayerConnections, pairCounter } from './layer-connections.ts';

export interface MaskedConnectionsOptions {
  /** HWIO or [inputs, units]. Without them every weight is seen as one that is not zero. */
  readonly weights?: Float32Array | undefined;
  /** [H·W·C] of the layer's input: how many neurons each stands for, more than one behind an average pool; 0: none is there. */
  readonly sources: Float64Array;
  /** [H·W·units] of the layer's output: 1 where it reaches a neuron that is there; null: everywhere. */
  readonly outputs: Uint8Array | null;
  /** Side of the windows that average the layer's outputs before its neurons. */
  readonly averagedOutputs: number;
}

/** As `layerConnections`, where single neurons were pruned and every place has its own. */
export function maskedConnections(
  layer: WeightLayer,
  { weights, sources, outputs, averagedOutputs }: MaskedConnectionsOptions,
): LayerConnections {
  const axes = axesOf(layer, averagedOutputs);
  const { rows, columns, kernelWidth, channels } = axes;
  const units = unitsOf(layer);
  const pairsAt = pairCounter({ weights, kernelWidth, channels, units });
  const [inputWidth, outputWidth] =
    layer.kind === 'conv' ? [layer.inputShape[1], layer.outputShape[1]] : [1, 1];
  const fanOut = new Float64Array(sources.length);
  const fanIn = new Map<number, Float64Array>();
  const visit = (row: AxisConnection, column: AxisConnection): void => {
    const place = row.neuron * averagedOutputs * outputWidth + column.neuron * averagedOutputs;
    const { pairs } = pairsAt(row.taps, column.taps);
    let inputs = fanIn.get(place);
    if (inputs === undefined) {
      inputs = new Float64Array(units);
      fanIn.set(place, inputs);
    }
    for (let channel = 0; channel < channels; channel++) {
      const from = (row.input * inputWidth + column.input) * channels + channel;
      const stands = sources[from]!;
      if (stands === 0) continue;
      for (let unit = 0; unit < units; unit++) {
        if (pairs?.[channel * units + unit] === 0 || outputs?.[place * units + unit] === 0) continue;
        inputs[unit]! += stands;
        fanOut[from]! += 1;
      }
    }
  };
  for (const row of rows) for (const column of columns) visit(row, column);
  let synapses = 0;
  let most = 0;
  for (const inputs of fanIn.values())
    for (const count of inputs) {
      synapses += count;
      most = Math.max(most, count);
    }
  return { synapses, fanIn: most, fanOut: fanOut.reduce((largest, one) => Math.max(largest, one), 0) };
}

/** Neurons, or what stands for some of them, that each place of a pool's output reads: an average all, a maximum stands for itself. */
export function behindPool(
  before: Float64Array,
  { kind, size, inputShape, outputShape }: MaxPoolLayer | AveragePoolLayer,
): { sums: Float64Array; after: Float64Array } {
  const [, width, channels] = inputShape;
  const [rows, columns] = outputShape;
  const sums = new Float64Array(rows * columns * channels);
  const largest = new Float64Array(sums.length);
  for (let y = 0; y < rows * size; y++)
    for (let x = 0; x < columns * size; x++)
      for (let c = 0; c < channels; c++) {
        const to = (Math.floor(y / size) * columns + Math.floor(x / size)) * channels + c;
        const value = before[(y * width + x) * channels + c]!;
        sums[to]! += value;
        largest[to] = Math.max(largest[to]!, value);
      }
  return { sums, after: kind === 'averagePool' ? sums : largest };
}
