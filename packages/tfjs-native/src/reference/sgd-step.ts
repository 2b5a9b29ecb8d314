import type { SgdAttributes } from '../fused/fused-kernel-attributes.ts';

export interface SgdState {
  readonly parameter: ArrayLike<number>;
  readonly velocity: ArrayLike<number>;
}

/** One step of SGD with momentum and weight decay, in double. */
export function sgdStep(
  { learningRate, momentum, weightDecay }: SgdAttributes,
  state: SgdState,
  gradient: ArrayLike<number>,
): { parameter: number[]; velocity: number[] } {
  const velocity = Array.from(
    state.velocity,
    (v, i) => momentum * v + gradient[i]! + weightDecay * state.parameter[i]!,
  );
  const parameter = Array.from(state.parameter, (p, i) => p - learningRate * velocity[i]!);
  return { parameter, velocity };
}
