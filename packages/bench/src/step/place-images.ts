import type { Shape3 } from '@spikefit/contracts';

/** Images in the middle of larger ones with zeros around, one channel repeated in all. */
export function placeImages(
  pixels: Float32Array,
  [height, width, channels]: Shape3,
  [outHeight, outWidth, outChannels]: Shape3,
  count: number,
): Float32Array {
  if (height === outHeight && width === outWidth && channels === outChannels) return pixels;
  const out = new Float32Array(count * outHeight * outWidth * outChannels);
  const top = (outHeight - height) >> 1;
  const left = (outWidth - width) >> 1;
  for (let image = 0; image < count; image++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const value = pixels[((image * height + y) * width + x) * channels]!;
        const at = ((image * outHeight + y + top) * outWidth + x + left) * outChannels;
        out.fill(value, at, at + outChannels);
      }
    }
  }
  return out;
}
