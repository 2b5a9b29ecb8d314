/**
 * How likely a one is at each place of a mask [rows, row length], learnt while it is coded: counts of zeros and ones in
 * 15 contexts, by how many of the two places before and of the same place in the four rows before are ones. Inputs and
 * units that hardly matter have few ones, so neighbours tell. Counts start at ½ (Krichevsky & Trofimov 1981), doubled here
 * to stay integers, and are halved at a limit, so that both sides compute the same in integers.
 */
export class PlaceModel {
  readonly #zeros = new Uint32Array(contexts).fill(1);
  readonly #ones = new Uint32Array(contexts).fill(1);
  readonly #rowLength: number;

  constructor(rowLength: number) {
    this.#rowLength = rowLength;
  }

  /** The context of place `i`, of which all places before are known. */
  contextAt(present: Uint8Array, i: number): number {
    const row = this.#rowLength;
    const beside = (present[i - 1] ?? 0) + (present[i - 2] ?? 0);
    const above =
      (present[i - row] ?? 0) +
      (present[i - 2 * row] ?? 0) +
      (present[i - 3 * row] ?? 0) +
      (present[i - 4 * row] ?? 0);
    return beside * 5 + above;
  }

  zeros(context: number): number {
    return this.#zeros[context]!;
  }

  total(context: number): number {
    return this.#zeros[context]! + this.#ones[context]!;
  }

  learn(context: number, one: number): void {
    const counts = one === 1 ? this.#ones : this.#zeros;
    counts[context]! += 2;
    if (this.total(context) < largestTotal) return;
    this.#zeros[context] = (this.#zeros[context]! + 1) >> 1;
    this.#ones[context] = (this.#ones[context]! + 1) >> 1;
  }
}

const contexts = 15;
/** Well below the coder's least range, 2²⁴. */
const largestTotal = 2 ** 16;
