import { type Augmentation, CodedError } from '@spikefit/contracts';
import type { RandomStream } from '@spikefit/specification';
import { fillFrames } from './batches/fill-frames.ts';
import { fillImage, fillPlacedImage } from './batches/fill-image.ts';
import { drawPlacement } from './batches/image-placement.ts';
import type { EventSplit, ImageSplit, Split } from './split.ts';

/** What the samples of a batch undergo; all draws come from the stream, in the order of the samples. */
export interface BatchAugmentation {
  readonly kind: Exclude<Augmentation, 'none'>;
  readonly stream: RandomStream;
}

export interface FillBatchRequest {
  readonly split: Split;
  /** Order of the samples; the batch is indices[from … to). */
  readonly indices: Int32Array;
  readonly from: number;
  readonly to: number;
  /** Frames that recordings are cut into; images have no use for it. Default 1. */
  readonly timeSteps?: number;
  readonly augmentation?: BatchAugmentation | undefined;
  /**
   * Images: [to − from, height, width, channels] values in 0 … 1. Recordings: [timeSteps, to − from, height, width,
   * polarities] values 0 or 1. May be longer, the rest is left alone.
   */
  readonly out: Float32Array;
  /** [to − from] class numbers. */
  readonly labelsOut: Int32Array;
}

/** Writes one batch of samples and labels. Throws `internal.error` when a range, an array or the augmentation does not fit. */
export function fillBatch(request: FillBatchRequest): void {
  const { split, indices, from, to, timeSteps = 1, out, labelsOut } = request;
  const size = to - from;
  const sampleLength = split.shape.reduce((product, length) => product * length, 1);
  const frames = split.kind === 'events' ? timeSteps : 1;
  if (
    from < 0 ||
    size < 0 ||
    to > indices.length ||
    out.length < frames * size * sampleLength ||
    labelsOut.length < size
  ) {
    throw new CodedError('internal.error', `a batch of samples ${from} to ${to} does not fit its arrays`);
  }
  for (let position = 0; position < size; position++) {
    const sample = indices[from + position]!;
    if (sample < 0 || sample >= split.count)
      throw new CodedError('internal.error', `there is no sample ${sample}`);
    labelsOut[position] = split.labels[sample]!;
  }
  const samples = indices.subarray(from, to);
  if (split.kind === 'images') fillImages(split, samples, sampleLength, request);
  else fillRecordings(split, samples, sampleLength, timeSteps, request);
}

function fillImages(
  split: ImageSplit,
  samples: Int32Array,
  length: number,
  { augmentation, out }: FillBatchRequest,
): void {
  for (const [position, sample] of samples.entries()) {
    const target = position * length;
    if (augmentation === undefined) {
      fillImage(split, sample, out, target);
      continue;
    }
    if (augmentation.kind === 'jitter') throw new CodedError('internal.error', 'images cannot jitter');
    const placement = drawPlacement(augmentation.kind, augmentation.stream);
    if (placement.mirrored || placement.down !== 0 || placement.right !== 0)
      fillPlacedImage(split, sample, out, target, placement);
    else fillImage(split, sample, out, target);
  }
}

function fillRecordings(
  split: EventSplit,
  samples: Int32Array,
  frameLength: number,
  timeSteps: number,
  { augmentation, out }: FillBatchRequest,
): void {
  if (augmentation !== undefined && augmentation.kind !== 'jitter')
    throw new CodedError('internal.error', `recordings have no augmentation ${augmentation.kind}`);
  const stride = samples.length * frameLength;
  out.fill(0, 0, timeSteps * stride);
  for (const [position, sample] of samples.entries()) {
    const frames = { out, target: position * frameLength, stride, timeSteps };
    fillFrames(split, sample, frames, augmentation?.stream ?? null);
  }
}
