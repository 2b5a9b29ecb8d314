import type { NativeAddon } from '../../src/addon/native-addon.ts';
import type { KernelCase } from './kernel-case.ts';

export type TypedArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array;

/** An array as one call saw it. */
export interface RecordedArray {
  readonly array: TypedArray;
  /** What it held before the call. */
  readonly before: TypedArray;
  /** What it must hold after the call; absent where the call must leave it alone. */
  readonly expected?: ArrayLike<number>;
}

export type RecordedArgument = undefined | null | boolean | number | string | RecordedArray;

/** One call of the addon that a case made. */
export interface RecordedCall {
  readonly title: string;
  readonly kernel: string;
  readonly tolerance: number;
  readonly arguments: readonly RecordedArgument[];
  readonly result: undefined | boolean | number;
}

type Kernel = (...values: unknown[]) => unknown;

const isScalar = (value: unknown): value is undefined | null | boolean | number | string =>
  value === null || ['undefined', 'boolean', 'number', 'string'].includes(typeof value);

const sameBytes = (a: TypedArray, b: TypedArray): boolean => {
  const bytes = ({ buffer, byteOffset, byteLength }: TypedArray) =>
    Buffer.from(buffer, byteOffset, byteLength);
  return bytes(a).equals(bytes(b));
};

interface Call {
  readonly kernel: string;
  readonly values: readonly unknown[];
  readonly before: readonly unknown[];
  readonly after: readonly unknown[];
  readonly result: unknown;
}

/** The addon, which notes every call in `calls`. */
function noting(addon: NativeAddon, calls: Call[]): NativeAddon {
  const copies = (values: readonly unknown[]): unknown[] =>
    values.map((value) => (isScalar(value) ? value : (value as TypedArray).slice()));
  return new Proxy(addon, {
    get(target, kernel: keyof NativeAddon) {
      const member: unknown = target[kernel];
      if (typeof member !== 'function') return member;
      return (...values: unknown[]): unknown => {
        const before = copies(values);
        const result = (member as Kernel)(...values);
        calls.push({ kernel, values, before, after: copies(values), result });
        return result;
      };
    },
  });
}

/**
 * Runs a case and tells the calls of the addon that it made. An array that the case gives back is expected to hold what
 * the reference computes; one that it keeps, such as an intermediate result, what the call left in it.
 * @throws {Error} where a call answers anything but a number
 */
export function recordCalls(kernelCase: KernelCase, addon: NativeAddon): RecordedCall[] {
  const calls: Call[] = [];
  const outputs = kernelCase.run(noting(addon, calls));
  const references = kernelCase.expected();
  const lastWriter = (array: unknown): number =>
    calls.findLastIndex(({ values, before, after }) =>
      values.some(
        (value, i) => value === array && !sameBytes(before[i] as TypedArray, after[i] as TypedArray),
      ),
    );
  return calls.map(({ kernel, values, before, after, result }, index) => ({
    title: kernelCase.title,
    kernel,
    tolerance: kernelCase.tolerance,
    arguments: values.map((value, i): RecordedArgument => {
      if (isScalar(value)) return value;
      const [array, start, end] = [value, before[i], after[i]] as TypedArray[];
      if (sameBytes(start!, end!)) return { array: array!, before: start! };
      const output = outputs.indexOf(value as Float32Array);
      const isFinal = output >= 0 && lastWriter(value) === index;
      return { array: array!, before: start!, expected: isFinal ? references[output]! : end! };
    }),
    result: numberOrNothing(kernel, result),
  }));
}

function numberOrNothing(kernel: string, result: unknown): undefined | boolean | number {
  if (result === undefined || typeof result === 'boolean' || typeof result === 'number') return result;
  throw new Error(`${kernel} answers ${typeof result}, which is not recorded`);
}
