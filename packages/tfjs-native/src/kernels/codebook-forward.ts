import { applyScalar } from './binary-elementwise.ts';
import { codebookInputs } from './codebook-dimensions.ts';
import type { NativeKernel } from './native-kernel.ts';

/**
 * {weights, midpoints, levels, assignments?, steps?} → the nearest level of every weight, or its assigned one. `steps`
 * [G] says that the levels are integers of at most ±128 times their group's step: see `setGridSteps`.
 */
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
    if (inputs.steps !== undefined) {
      const steps = backend.floats(inputs.steps);
      const copy = new Float32Array(steps.length);
      applyScalar(steps, 'multiply', 1, copy, backend);
      backend.setGridSteps(y.info, copy);
    }
    return y.info;
  },
};
