import { input, type NativeKernel } from './native-kernel.ts';
import { sumOver } from './sum.ts';

/** The mean of x over `axis` (all axes if absent); the sum is in double. */
export const mean: NativeKernel = {
  name: 'Mean',
  run(inputs, attributes, backend) {
    const result = sumOver(input(inputs, 'x'), attributes, backend);
    if (result === undefined) return undefined;
    const values = backend.floats(result.info);
    for (let i = 0; i < values.length; i += 1) values[i]! /= result.terms;
    return result.info;
  },
};
