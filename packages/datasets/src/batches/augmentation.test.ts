import { randomStream } from '@spikefit/specification';
import { describe, expect, it } from 'vitest';
import { fillBatch } from '../fill-batch.ts';
import type { ImageSplit } from '../split.ts';
import { cropPadding } from './image-placement.ts';

const [height, width, channels] = [6, 7, 2];
const length = height * width * channels;
// No pixel is black, so that what the crop pads is told from the image.
const split: ImageSplit = {
  kind: 'images',
  images: Uint8Array.from({ length: 2 * length }, (_, i) => 1 + (i % 251)),
  labels: Uint8Array.of(0, 1),
  count: 2,
  shape: [height, width, channels],
};
const samples = 200;
const indices = Int32Array.from({ length: samples }, (_, i) => i % 2);

function fill(kind: 'flip' | 'crop' | 'flip-crop' | 'jitter', seed = 4) {
  const out = new Float32Array(samples * length).fill(Number.NaN);
  const stream = randomStream(seed, 'augment');
  const request = { split, indices, from: 0, to: samples, out, labelsOut: new Int32Array(samples) };
  fillBatch({ ...request, augmentation: { kind, stream } });
  return out;
}

describe.each(['crop', 'flip-crop'] as const)('%s', (kind) => {
  it('shows every image at a random place, black around it', () => {
    const out = fill(kind);
    const draws = randomStream(4, 'augment');
    const shifts = new Set<string>();
    let mirrors = 0;
    for (let sample = 0; sample < samples; sample++) {
      const mirrored = kind === 'flip-crop' && draws.uniform() < 0.5;
      const down = draws.integer(9) - cropPadding;
      const right = draws.integer(9) - cropPadding;
      shifts.add(`${down} ${right}`);
      if (mirrored) mirrors++;
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++)
          for (let c = 0; c < channels; c++) {
            const fromY = y - down;
            const shifted = x - right;
            const isInside = fromY >= 0 && fromY < height && shifted >= 0 && shifted < width;
            const fromX = mirrored ? width - 1 - shifted : shifted;
            const at = (sample % 2) * length + (fromY * width + fromX) * channels + c;
            const expected = isInside ? Math.fround(split.images[at]! / 255) : 0;
            expect(out[sample * length + (y * width + x) * channels + c]).toBe(expected);
          }
    }
    expect(shifts.size).toBeGreaterThan(60);
    if (kind === 'flip-crop') expect(Math.abs(mirrors - samples / 2)).toBeLessThan(25);
  });

  it('is a function of the stream', () => {
    expect(fill(kind, 1)).toEqual(fill(kind, 1));
    expect(fill(kind, 1)).not.toEqual(fill(kind, 2));
  });
});

it('images do not jitter', () => {
  expect(() => fill('jitter')).toThrow(expect.objectContaining({ code: 'internal.error' }));
});
