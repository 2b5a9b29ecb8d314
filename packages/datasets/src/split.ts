import type { Shape3 } from '@spikefit/contracts';

interface LabelledSamples {
  /** count class numbers. */
  readonly labels: Uint8Array;
  readonly count: number;
  /** Height, width and channels; of events a channel is a polarity, off before on. */
  readonly shape: Shape3;
}

/** The training or the test half of a data set of images. */
export interface ImageSplit extends LabelledSamples {
  readonly kind: 'images';
  /** count · height · width · channels bytes, 0 … 255, image by image, row by row. */
  readonly images: Uint8Array;
}

/** The training or the test half of a data set of recordings. */
export interface EventSplit extends LabelledSamples {
  readonly kind: 'events';
  /** count files as they are, five bytes an event, in order of time: see `checkEvents`. */
  readonly recordings: readonly Uint8Array[];
}

export type Split = ImageSplit | EventSplit;
