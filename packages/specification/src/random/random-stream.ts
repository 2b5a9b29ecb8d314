import { CodedError } from '@spikefit/contracts';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import { seedHash } from './seed-hash.ts';

/** What randomness is used for. Each purpose has streams of its own, so that one more draw in one of them moves no other. */
export const randomPurposes = [
  'split',
  'subset',
  'init',
  'shuffle',
  'augment',
  'encode',
  'dropout',
  'fsc',
  'scores',
] as const;
export type RandomPurpose = (typeof randomPurposes)[number];

export interface RandomStream {
  /** Integer in [0, 2³²). */
  uint32(): number;
  /** A multiple of 2⁻³² in [0, 1). */
  uniform(): number;
  /** Mean 0, variance 1 (Box–Muller). */
  normal(): number;
  /** Integer in [0, n), every value equally likely; n in 1 … 2³². Throws `internal.error` for any other n. */
  integer(n: number): number;
  /** Fisher–Yates, in place; returns its argument. */
  shuffle<T extends ShuffleTarget>(array: T): T;
}

/** An array or a typed array. */
interface ShuffleTarget {
  readonly length: number;
  [index: number]: unknown;
}

/**
 * The stream of (seed, purpose, indices), for example `randomStream(seed, 'shuffle', epoch)`. It is a pure function of
 * its arguments: two calls give two streams with the same values, so a job that is resumed needs no saved state.
 * Seed and indices are integers in 0 … 2⁵³ − 1. Generator: xoroshiro128+.
 */
export function randomStream(
  seed: number,
  purpose: RandomPurpose,
  ...indices: readonly number[]
): RandomStream {
  const characters = Array.from(purpose, (character) => character.charCodeAt(0));
  const words = [
    ...halves(seed),
    characters.length,
    ...characters,
    indices.length,
    ...indices.flatMap(halves),
  ];
  const state = seedHash(words);
  // The one state that xoroshiro128+ cannot leave.
  if (state.every((word) => word === 0)) state[0] = 1;
  const generator = xoroshiro128plusFromState(state);
  let spare: number | null = null;

  const uint32 = (): number => generator.next() >>> 0;
  const uniform = (): number => uint32() / 2 ** 32;
  const integer = (n: number): number => {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) {
      throw new CodedError('internal.error', `a random integer below ${n} does not exist`);
    }
    return uniformInt(generator, 0, n - 1);
  };

  return {
    uint32,
    uniform,
    integer,
    normal() {
      if (spare !== null) {
        const value = spare;
        spare = null;
        return value;
      }
      // 1 − u lies in (0, 1], where the logarithm is finite.
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    shuffle<T extends ShuffleTarget>(array: T): T {
      for (let last = array.length - 1; last > 0; last--) {
        const other = integer(last + 1);
        const kept = array[last];
        array[last] = array[other];
        array[other] = kept;
      }
      return array;
    },
  };
}

/** The low and the high 32 bits. */
function halves(value: number): [number, number] {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new CodedError('internal.error', `${value} is no seed or index of a random stream`);
  }
  return [value | 0, Math.floor(value / 2 ** 32)];
}
