import type { NativeAddon } from '../../src/addon/native-addon.ts';

/** A number that back-propagation gave, and the same from finite differences. */
export interface GradientCheck {
  readonly of: string;
  readonly analytic: number;
  readonly numeric: number;
}

/** One row of the table: a kernel on one set of inputs. */
export interface KernelCase {
  readonly title: string;
  readonly run: (addon: NativeAddon) => readonly Float32Array[];
  readonly expected: () => readonly ArrayLike<number>[];
  /** Largest difference allowed per element; 0 where the bits must agree. */
  readonly tolerance: number;
  readonly gradient?: (addon: NativeAddon) => readonly GradientCheck[];
}

/** An output of `length` floats that shows what a kernel did not fill. */
export const unfilled = (length: number): Float32Array => new Float32Array(length).fill(Number.NaN);

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += a[i]! * b[i]!;
  return sum;
};

/** Central difference of f at `point` along `direction`, in double. */
export function slopeAlong(
  f: (point: Float64Array) => number,
  point: ArrayLike<number>,
  direction: ArrayLike<number>,
  step = 1e-5,
): number {
  const moved = (sign: number): Float64Array =>
    Float64Array.from({ length: point.length }, (_, i) => point[i]! + sign * step * direction[i]!);
  return (f(moved(1)) - f(moved(-1))) / (2 * step);
}
