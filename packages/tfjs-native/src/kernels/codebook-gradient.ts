import { codebookInputs } from './codebook-dimensions.ts';
import { allFloat32, input, type NativeKernel } from './native-kernel.ts';

/**
 * {dy, weights, midpoints, levels, lowest [G], highest [G], assignments?} → [dWeights, Σ dy of every level [G, M],
 * its number of weights [G, M]]; dWeights is 0 outside lowest … highest and for assigned weights.
 */
export const codebookGradient: NativeKernel = {
  name: 'SpikefitCodebookGradient',
  run(inputs, _, backend) {
    const codebook = codebookInputs(inputs, backend);
    const [dy, lowest, highest] = [input(inputs, 'dy'), input(inputs, 'lowest'), input(inputs, 'highest')];
    if (codebook === undefined || !allFloat32(dy, lowest, highest)) return undefined;
    const { weights, assignments, midpoints, levels, dimensions } = codebook;
    const dWeights = backend.makeOutput32(weights.shape);
    const [count = 0, groups = 0] = levels.shape;
    const [sums, counts] = [backend.makeOutput32([groups, count]), backend.makeOutput32([groups, count])];
    backend.addon.codebookGradient(
      dimensions,
      backend.floats(dy),
      backend.floats(weights),
      assignments,
      backend.floats(midpoints),
      backend.floats(lowest),
      backend.floats(highest),
      dWeights.values,
      sums.values,
      counts.values,
    );
    return [dWeights.info, sums.info, counts.info];
  },
};
