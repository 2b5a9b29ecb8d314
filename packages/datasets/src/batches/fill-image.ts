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
  const [top, bottom] = [Math.max(0, down), Math.min(height, height + down)];
  const [left, end] = [Math.max(0, right), Math.min(width, width + right)];
  if (down !== 0 || right !== 0) out.fill(0, target, target + height * width * channels);
  const step = mirrored ? -channels : channels;
  for (let y = top; y < bottom; y++) {
    let to = target + (y * width + left) * channels;
    const fromX = mirrored ? width - 1 - (left - right) : left - right;
    let from = source + ((y - down) * width + fromX) * channels;
    for (let x = left; x < end; x++, from += step)
      for (let c = 0; c < channels; c++, to++) out[to] = scaled[images[from + c]!]!;
  }
}
