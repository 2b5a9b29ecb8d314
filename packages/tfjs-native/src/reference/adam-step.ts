import type { AdamAttributes } from '../fused/fused-kernel-attributes.ts';

export type AdamStepOptions = AdamAttributes;

export interface AdamState {
  readonly parameter: ArrayLike<number>;
  readonly firstMoment: ArrayLike<number>;
  readonly secondMoment: ArrayLike<number>;
}

/** One step of Adam with bias correction and decoupled weight decay, in double. */
export function adamStep(
  options: AdamStepOptions,
  state: AdamState,
  gradient: ArrayLike<number>,
): { parameter: number[]; firstMoment: number[]; secondMoment: number[] } {
  const { learningRate, beta1, beta2, epsilon, step, weightDecay } = options;
  const firstMoment = Array.from(state.firstMoment, (m, i) => beta1 * m + (1 - beta1) * gradient[i]!);
  const secondMoment = Array.from(state.secondMoment, (v, i) => beta2 * v + (1 - beta2) * gradient[i]! ** 2);
  const parameter = Array.from(state.parameter, (p, i) => {
    const m = firstMoment[i]! / (1 - beta1 ** step);
    const v = secondMoment[i]! / (1 - beta2 ** step);
    return p - learningRate * (m / (Math.sqrt(v) + epsilon) + weightDecay * p);
  });
  return { parameter, firstMoment, secondMoment };
}
