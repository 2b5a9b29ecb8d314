import { matrixProduct } from './matrix-product.ts';
import { input, type NativeKernel } from './native-kernel.ts';

/** a [.., m, k] · b [.., k, n] → [.., m, n], either side transposed if asked; see `precision` for `inputGradient` */
export const batchMatMul: NativeKernel = {
  name: 'BatchMatMul',
  run: (inputs, attributes, backend) =>
    matrixProduct(input(inputs, 'a'), input(inputs, 'b'), undefined, attributes, backend),
};
