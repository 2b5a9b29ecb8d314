import { CodedError } from '@spikefit/contracts';

/**
 * Where ones lie among so many places, as the runs of zeros before each of them and, last, before the end, in a Rice
 * code (Rice & Plaunt 1971; Golomb 1966): a run r is ⌊r/2ᵏ⌋ ones, a zero, and the k low bits of r, lowest first. The first
 * byte is k, the rest the code from the lowest bit of a byte on; what is left of the last byte is 0.
 */

const largestParameter = 24;

export function encodeRunLengths(present: Uint8Array): Uint8Array {
  const runs = runsOf(present);
  const { parameter, bits } = cheapestParameter(runs);
  const bytes = new Uint8Array(1 + Math.ceil(bits / 8));
  bytes[0] = parameter;
  let at = 8;
  const put = (bit: number): void => {
    bytes[at >> 3]! |= bit << (at & 7);
    at += 1;
  };
  for (const run of runs) {
    for (let quotient = run >>> parameter; quotient > 0; quotient--) put(1);
    put(0);
    for (let bit = 0; bit < parameter; bit++) put((run >>> bit) & 1);
  }
  return bytes;
}

/** The inverse. Throws `artifact.invalid` for anything that the encoder does not write; `name` is what the error says. */
export function decodeRunLengths(bytes: Uint8Array, count: number, name: string): Uint8Array {
  const invalid = (what: string) => new CodedError('artifact.invalid', `${name} ${what}`);
  const parameter = bytes[0];
  if (parameter === undefined || parameter > largestParameter) throw invalid('has no valid Rice parameter');
  const present = new Uint8Array(count);
  const end = bytes.length * 8;
  let at = 8;
  const take = (): number => {
    if (at >= end) throw invalid('is cut short');
    const bit = (bytes[at >> 3]! >> (at & 7)) & 1;
    at += 1;
    return bit;
  };
  for (let place = 0; ; place++) {
    let quotient = 0;
    while (take() === 1) quotient += 1;
    let run = quotient * 2 ** parameter;
    for (let bit = 0; bit < parameter; bit++) run += take() * 2 ** bit;
    place += run;
    if (place > count) throw invalid(`has a run that ends at ${place}, of ${count} places`);
    if (place === count) break;
    present[place] = 1;
  }
  const isPadded = bytes.length === Math.ceil(at / 8) && (at % 8 === 0 || bytes.at(-1)! >> (at & 7) === 0);
  if (!isPadded) throw invalid('does not end behind its last run');
  return present;
}

/** Zeros before each one, and behind the last. */
function runsOf(present: Uint8Array): Uint32Array {
  const runs = new Uint32Array(present.reduce((sum, one) => sum + one, 1));
  let run = 0;
  let position = 0;
  for (const one of present) {
    if (one === 0) run += 1;
    else {
      runs[position++] = run;
      run = 0;
    }
  }
  runs[position] = run;
  return runs;
}

/** The parameter that gives the fewest bits; near log₂ of the mean run, where the code is best for a geometric law. */
function cheapestParameter(runs: Uint32Array): { parameter: number; bits: number } {
  const mean = runs.reduce((sum, run) => sum + run, 0) / runs.length;
  const guess = Math.max(0, Math.floor(Math.log2(Math.max(1, mean))));
  let best = { parameter: 0, bits: Number.POSITIVE_INFINITY };
  for (const parameter of [guess - 1, guess, guess + 1]) {
    if (parameter < 0 || parameter > largestParameter) continue;
    const bits = runs.reduce((sum, run) => sum + (run >>> parameter) + 1 + parameter, 0);
    if (bits < best.bits) best = { parameter, bits };
  }
  return best;
}
