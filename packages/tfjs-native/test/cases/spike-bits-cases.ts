import { packSpikes, unpackSpikes } from '../../src/reference/index.ts';
import { type KernelCase, unfilled } from './kernel-case.ts';
import { random } from './random.ts';

const sizes = [0, 1, 7, 8, 15, 16, 17, 100, 3000, 140_003];
const densities = [0, 0.3, 1];

/** [bits as floats, whether every value was 0 or 1] */
const packed = ({ bits, binary }: { bits: Uint8Array; binary: boolean }): Float32Array[] => [
  Float32Array.from(bits),
  Float32Array.of(Number(binary)),
];

function packCase(title: string, x: Float32Array): KernelCase {
  return {
    title: `pack spikes, ${title}`,
    run(addon) {
      const bits = new Uint8Array(Math.ceil(x.length / 8)).fill(0xff);
      const binary = addon.packSpikes(Int32Array.of(x.length), x, bits);
      return packed({ bits, binary });
    },
    expected: () => packed(packSpikes(x)),
    tolerance: 0,
  };
}

function unpackCase(title: string, x: Float32Array): KernelCase {
  const { bits } = packSpikes(x);
  return {
    title: `unpack spikes, ${title}`,
    run(addon) {
      const floats = unfilled(x.length);
      addon.unpackSpikes(Int32Array.of(x.length), bits, floats);
      return [floats];
    },
    expected: () => [unpackSpikes(bits, x.length)],
    tolerance: 0,
  };
}

/** Spikes with one value that is neither 0 nor 1, at each of these places. */
const impure = [0, 99, 100_000, 140_002].map((place): KernelCase => {
  const x = random(place).spikes(140_003, 0.5);
  x[place] = 0.5;
  return packCase(`${place} is a half`, x);
});

export const spikeBitsCases: readonly KernelCase[] = [
  ...sizes.flatMap((size) =>
    densities.flatMap((density) => {
      const x = random(700 + size).spikes(size, density);
      return [packCase(`${size}, density ${density}`, x), unpackCase(`${size}, density ${density}`, x)];
    }),
  ),
  ...impure,
];
