import type { ImageSplit } from '../split.ts';
import type { ImagePlacement } from './image-placement.ts';

/** v / 255 in single precision, for every byte. */
const scaled = Float32Array.from({ length: 256 }, (_, value) => value / 255);

/** Writes image `sample` as it is to `out` from `target` on, [height, width, channels] in 0 … 1. */
export function fillImage({ images, shape }: ImageSplit, sample: number, out: Float32Array, target: number) {
  const length = shape[0] * shape[1] * shape[2];
  const source = sample * length;
  for (let i = 0; i < length; i++) out[target + i] = scaled[images[source + i]!]!;
}

/** The same, mirrored and shifted. */
export function fillPlacedImage(
  { images, shape }: ImageSplit,
  sample: number,
  out: Float32Array,
  target: number,
  { mirrored, down, right }: ImagePlacement,
): void {
  const [height, width, channels] = shape;
  const source = sample * height * width * channels;
  for (let y = 0; y < height; y++) {
    const fromY = y - down;
    for (let x = 0; x < width; x++) {
      const shifted = x - right;
      const to = target + (y * width + x) * channels;
      const isInside = fromY >= 0 && fromY < height && shifted >= 0 && shifted < width;
      if (!isInside) {
        out.fill(0, to, to + channels);
        continue;
      }
      const fromX = mirrored ? width - 1 - shifted : shifted;
      const from = source + (fromY * width + fromX) * channels;
      for (let c = 0; c < channels; c++) out[to + c] = scaled[images[from + c]!]!;
    }
  }
}
