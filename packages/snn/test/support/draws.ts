import { randomStream } from '@spikefit/specification';

/** n numbers in [low, high), the same ones for the same seed. */
export function draws(n: number, seed: number, low = -1, high = 1): Float32Array {
  const stream = randomStream(seed, 'shuffle', n);
  return Float32Array.from({ length: n }, () => low + stream.uniform() * (high - low));
}
