import type { SurrogateName } from '../fused/fused-kernel-attributes.ts';

/** σ'(u): what takes the place of the derivative of the step function; u = membrane − threshold. */
export function surrogateDerivative(name: SurrogateName, parameter: number, u: number): number {
  const p = parameter;
  switch (name) {
    case 'atan':
      return p / 2 / (1 + ((Math.PI * p * u) / 2) ** 2);
    case 'sigmoid': {
      const e = Math.exp(-Math.abs(p * u));
      return (p * e) / (1 + e) ** 2;
    }
    case 'fastSigmoid':
      return 1 / (p * Math.abs(u) + 1) ** 2;
    case 'triangle':
      return Math.max(0, 1 - Math.abs(u) / p) / p;
    case 'rectangle':
      return Math.abs(u) < p / 2 ? 1 / p : 0;
  }
}

/** σ(u) with σ(0) = 0: the integral of surrogateDerivative from 0 to u. */
export function surrogatePrimitive(name: SurrogateName, parameter: number, u: number): number {
  const p = parameter;
  switch (name) {
    case 'atan':
      return Math.atan((Math.PI * p * u) / 2) / Math.PI;
    case 'sigmoid':
      return 1 / (1 + Math.exp(-p * u)) - 0.5;
    case 'fastSigmoid':
      return u / (1 + p * Math.abs(u));
    case 'triangle': {
      const a = Math.min(Math.abs(u), p);
      return Math.sign(u) * (a / p - a ** 2 / (2 * p ** 2));
    }
    case 'rectangle':
      return Math.max(-0.5, Math.min(0.5, u / p));
  }
}
