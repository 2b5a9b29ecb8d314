import type { RandomStream } from '@spikefit/specification';

/** Pixels that a random crop pads each side with, black; the usual four of CIFAR-10. */
export const cropPadding = 4;

/** How an image is put into its batch: mirrored left to right, then shifted, black where nothing is left of it. */
export interface ImagePlacement {
  readonly mirrored: boolean;
  readonly down: number;
  readonly right: number;
}

/** The draws of one image: one for the mirror, then two for the crop, each only where it is asked for. */
export function drawPlacement(kind: 'flip' | 'crop' | 'flip-crop', stream: RandomStream): ImagePlacement {
  const mirrored = kind !== 'crop' && stream.uniform() < 0.5;
  const shift = () => (kind === 'flip' ? 0 : stream.integer(2 * cropPadding + 1) - cropPadding);
  const down = shift();
  return { mirrored, down, right: shift() };
}
