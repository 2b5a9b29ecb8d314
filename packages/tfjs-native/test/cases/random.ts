/** Seeded test data (mulberry32). */
export interface Random {
  /** `length` floats, uniform in [low, high). */
  uniform(length: number, low?: number, high?: number): Float32Array;
  /** `length` spikes, 1 with this probability. */
  spikes(length: number, density: number): Float32Array;
}

export function random(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    uniform: (length, low = -1, high = 1) => Float32Array.from({ length }, () => low + (high - low) * next()),
    spikes: (length, density) => Float32Array.from({ length }, () => Number(next() < density)),
  };
}
