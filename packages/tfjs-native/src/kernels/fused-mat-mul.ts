import { matrixProduct } from './matrix-product.ts';
import { input, type NativeKernel } from './native-kernel.ts';

/** BatchMatMul with a bias [n] and no activation; other activations are tfjs-cpu's. */
export const fusedMatMul: NativeKernel = {
  name: '_FusedMatMul',
  run(inputs, attributes, backend) {
    const { activation } = attributes;
    if (activation !== undefined && activation !== null && activation !== 'linear') return undefined;
    return matrixProduct(input(inputs, 'a'), input(inputs, 'b'), inputs.bias, attributes, backend);
  },
};
