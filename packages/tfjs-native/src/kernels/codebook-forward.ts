import { codebookInputs } from './codebook-dimensions.ts';
import type { NativeKernel } from './native-kernel.ts';

/** {weights, midpoints, levels, assignments?} → the nearest level of every weight, or its assigned one. */
export const codebookForward: NativeKernel = {
  name: 'SpikefitCodebookForward',
  run(inputs, _, backend) {
    const codebook = codebookInputs(inputs, backend);
    if (codebook === undefined) return undefined;
    const { weights, assignments, midpoints, levels, dimensions } = codebook;
    const y = backend.makeOutput32(weights.shape);
    backend.addon.codebookForward(
      dimensions,
      backend.floats(weights),
      assignments,
      backend.floats(midpoints),
      backend.floats(levels),
      y.values,
    );
    return y.info;
  },
};
