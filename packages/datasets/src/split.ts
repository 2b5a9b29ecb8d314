import type { Shape3 } from '@spikefit/contracts';

/** The training or the test half of a data set, as it lies in the files. */
export interface Split {
  /** count · height · width · channels bytes, 0 … 255, image by image, row by row. */
  readonly images: Uint8Array;
  /** count class numbers. */
  readonly labels: Uint8Array;
  readonly count: number;
  readonly shape: Shape3;
}
