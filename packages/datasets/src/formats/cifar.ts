import type { Shape3 } from '@spikefit/contracts';
import { corruptFile } from './corrupt-file.ts';

export interface CifarBatch {
  readonly records: number;
  readonly shape: Shape3;
  readonly classes: number;
}

/**
 * Reads a batch file of CIFAR-10's binary version: records of one label and an image, channel by channel (red, green,
 * blue), row by row. Format: https://www.cs.toronto.edu/~kriz/cifar.html. Writes the images as [height, width, channels]
 * to `images` and the labels to `labels`, from their beginning.
 * Throws `dataset.corrupt` with `file` and the byte where it goes wrong.
 */
export function readCifarBatch(
  bytes: Uint8Array,
  { records, shape, classes }: CifarBatch,
  file: string,
  images: Uint8Array,
  labels: Uint8Array,
): void {
  const [height, width, channels] = shape;
  const plane = height * width;
  const recordBytes = 1 + channels * plane;
  if (bytes.byteLength !== records * recordBytes) {
    const whole = Math.floor(bytes.byteLength / recordBytes);
    const problem = `${bytes.byteLength} bytes are not ${records} records of ${recordBytes} bytes`;
    throw corruptFile(file, problem, { byte: Math.min(whole, records) * recordBytes });
  }
  for (let record = 0; record < records; record++) {
    const at = record * recordBytes;
    const label = bytes[at]!;
    if (label >= classes) {
      const problem = `the label of record ${record} is ${label}, and there are ${classes} classes`;
      throw corruptFile(file, problem, { byte: at });
    }
    labels[record] = label;
    for (let c = 0; c < channels; c++) {
      const from = at + 1 + c * plane;
      const to = record * plane * channels + c;
      for (let pixel = 0; pixel < plane; pixel++) images[to + pixel * channels] = bytes[from + pixel]!;
    }
  }
}
