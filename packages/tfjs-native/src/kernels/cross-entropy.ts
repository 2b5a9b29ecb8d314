import type { CrossEntropyAttributes } from '../fused/fused-kernel-attributes.ts';
import { allFloat32, input, type NativeKernel } from './native-kernel.ts';

/** {logits [B, classes], labels [B] int32} → [scale · Σ cross entropy (a scalar), its gradient [B, classes]]. */
export const crossEntropy: NativeKernel = {
  name: 'SpikefitCrossEntropy',
  run(inputs, attributeMap, backend) {
    const [logits, labels] = [input(inputs, 'logits'), input(inputs, 'labels')];
    if (!allFloat32(logits)) return undefined;
    if (labels.dtype !== 'int32') throw new Error(`labels must be int32, not ${labels.dtype}`);
    const [rows, classes] = logits.shape;
    if (rows === undefined || classes === undefined || logits.shape.length > 2) {
      throw new Error(`logits must have shape [batch, classes], not [${logits.shape.join(', ')}]`);
    }
    const { scale } = attributeMap as unknown as CrossEntropyAttributes;
    const loss = backend.makeOutput32([]);
    const gradient = backend.makeOutput32(logits.shape);
    backend.addon.crossEntropy(
      Int32Array.of(rows, classes),
      scale,
      backend.floats(logits),
      backend.integers(labels),
      loss.values,
      gradient.values,
    );
    return [loss.info, gradient.info];
  },
};
