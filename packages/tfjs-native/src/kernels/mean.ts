import { applyScalar } from './binary-elementwise.ts';
import { input, type NativeKernel } from './native-kernel.ts';
import { sumOver } from './sum.ts';

/** The mean of x over `axis` (all axes if absent); the sum is in double. */
export const mean: NativeKernel = {
  name: 'Mean',
  run(inputs, attributes, backend) {
    const result = sumOver(input(inputs, 'x'), attributes, backend);
    if (result === undefined) return undefined;
    const values = backend.floats(result.info);
    applyScalar(values, 'divide', result.terms, values, backend);
    return result.info;
  },
};
