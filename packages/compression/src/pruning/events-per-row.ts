import type { WeightLayer } from '@spikefit/contracts';
import { tapsAlong } from '@spikefit/specification';

/**
 * From the events of each input of a layer [H·W·C]: the operations that one weight does, by its row [kernel row, kernel column,
 * input], or [input] of an FC: an event does one at every place of the output that reads it through that weight.
 */
export function eventsPerRow(layer: WeightLayer, events: ArrayLike<number>): Float64Array {
  if (layer.kind === 'dense') return Float64Array.from(events);
  const [height, width, channels] = layer.inputShape;
  const { kernel, stride } = layer;
  const perRow = new Float64Array(kernel * kernel * channels);
  const columns = tapsAlong(width, kernel, stride);
  for (const { input: y, kernel: ky } of tapsAlong(height, kernel, stride)) {
    for (const { input: x, kernel: kx } of columns) {
      const from = (y * width + x) * channels;
      const to = (ky * kernel + kx) * channels;
      for (let c = 0; c < channels; c++) perRow[to + c]! += events[from + c]!;
    }
  }
  return perRow;
}
