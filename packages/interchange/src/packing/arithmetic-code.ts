import { PlaceModel } from './place-model.ts';

/**
 * A mask in an arithmetic code: a range coder on bytes (Martin 1979) with carries, 32-bit range and the probabilities of
 * `PlaceModel`. The range is split at ⌊range/total⌋·zeros, zeros below. The first byte, which is always 0, and zeros at the
 * end are not stored; a decoder reads zeros there.
 */

const byteBelow = 2 ** 24;
const wordBelow = 2 ** 32;

export function encodeArithmetic(present: Uint8Array, rowLength: number): Uint8Array {
  const model = new PlaceModel(rowLength);
  const output = new CarryingBytes();
  let low = 0;
  let range = wordBelow - 1;
  const shift = (): void => {
    output.push(low);
    low = (low % byteBelow) * 256;
  };
  for (let i = 0; i < present.length; i++) {
    const context = model.contextAt(present, i);
    const one = present[i]!;
    const bound = Math.floor(range / model.total(context)) * model.zeros(context);
    if (one === 1) {
      low += bound;
      range -= bound;
    } else range = bound;
    model.learn(context, one);
    for (; range < byteBelow; range *= 256) shift();
  }
  // Any number within the range will do: the one with the most zeros at its end is the shortest.
  low = roundUp(low, range);
  for (let byte = 0; byte < 5; byte++) shift();
  return output.toBytes();
}

export function decodeArithmetic(bytes: Uint8Array, count: number, rowLength: number): Uint8Array {
  const model = new PlaceModel(rowLength);
  const present = new Uint8Array(count);
  let at = 0;
  let code = 0;
  const take = (): void => {
    code = code * 256 + (bytes[at++] ?? 0);
  };
  for (let byte = 0; byte < 4; byte++) take();
  let range = wordBelow - 1;
  for (let i = 0; i < count; i++) {
    const context = model.contextAt(present, i);
    const bound = Math.floor(range / model.total(context)) * model.zeros(context);
    if (code >= bound) {
      present[i] = 1;
      code -= bound;
      range -= bound;
    } else range = bound;
    model.learn(context, present[i]!);
    for (; range < byteBelow; range *= 256) take();
  }
  return present;
}

/** The multiple of the largest power of two that lies in [low, low + range). */
function roundUp(low: number, range: number): number {
  for (let step = 2 ** 31; step > 1; step /= 2) {
    const rounded = Math.ceil(low / step) * step;
    if (rounded < low + range) return rounded;
  }
  return low;
}

/** The top bytes of numbers below 2³³, whose 33rd bit is carried into the bytes before. */
class CarryingBytes {
  #bytes = new Uint8Array(1024);
  #length = 0;
  #held = 0;
  #waiting = 0;
  #isFirst = true;

  push(low: number): void {
    if (low < 0xff000000 || low >= wordBelow) {
      const carry = low >= wordBelow ? 1 : 0;
      if (!this.#isFirst) this.#append(this.#held + carry);
      this.#isFirst = false;
      for (; this.#waiting > 0; this.#waiting--) this.#append(0xff + carry);
      this.#held = Math.floor(low / byteBelow) % 256;
    } else this.#waiting += 1;
  }

  toBytes(): Uint8Array {
    let length = this.#length;
    while (length > 0 && this.#bytes[length - 1] === 0) length -= 1;
    return this.#bytes.slice(0, length);
  }

  #append(byte: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[this.#length++] = byte & 0xff;
  }
}
