import { CodedError } from '@spikefit/contracts';
import type { RandomStream } from '@spikefit/specification';
import type { Split } from './split.ts';

export interface FillBatchRequest {
  readonly split: Split;
  /** Order of the samples; the batch is indices[from … to). */
  readonly indices: Int32Array;
  readonly from: number;
  readonly to: number;
  /** Mirrors each image left to right with probability ½, with one draw per image. */
  readonly flip?: RandomStream;
  /** [to − from, height, width, channels] values in 0 … 1; may be longer, the rest is left alone. */
  readonly out: Float32Array;
  /** [to − from] class numbers. */
  readonly labelsOut: Int32Array;
}

/** v / 255 in single precision, for every byte. */
const scaled = Float32Array.from({ length: 256 }, (_, value) => value / 255);

/** Writes one batch of images and labels. Throws `internal.error` when a range or an array does not fit. */
export function fillBatch({ split, indices, from, to, flip, out, labelsOut }: FillBatchRequest): void {
  const { images, labels, shape, count } = split;
  const [height, width, channels] = shape;
  const rowLength = width * channels;
  const imageLength = height * rowLength;
  const size = to - from;
  if (
    from < 0 ||
    size < 0 ||
    to > indices.length ||
    out.length < size * imageLength ||
    labelsOut.length < size
  ) {
    throw new CodedError('internal.error', `a batch of samples ${from} to ${to} does not fit its arrays`);
  }
  for (let position = 0; position < size; position++) {
    const sample = indices[from + position]!;
    if (sample < 0 || sample >= count) throw new CodedError('internal.error', `there is no sample ${sample}`);
    labelsOut[position] = labels[sample]!;
    const mirrored = flip !== undefined && flip.uniform() < 0.5;
    const source = sample * imageLength;
    const target = position * imageLength;
    if (!mirrored) {
      for (let i = 0; i < imageLength; i++) out[target + i] = scaled[images[source + i]!]!;
      continue;
    }
    for (let row = 0; row < imageLength; row += rowLength) {
      for (let x = 0; x < rowLength; x += channels) {
        const mirror = rowLength - channels - x;
        for (let c = 0; c < channels; c++)
          out[target + row + x + c] = scaled[images[source + row + mirror + c]!]!;
      }
    }
  }
}
