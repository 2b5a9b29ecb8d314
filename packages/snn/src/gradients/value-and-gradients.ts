import './register-gradients.ts';
import * as tf from '@tensorflow/tfjs-core';
import { releaseKept } from '../tensors/release-kept.ts';

export interface ValueAndGradients {
  readonly loss: tf.Scalar;
  /** By name; a name on which the loss does not depend has no entry. */
  readonly gradients: Record<string, tf.Tensor>;
  readonly outputs: Record<string, tf.Tensor>;
}

/**
 * The loss, its gradients by `inputs` (any tensors that `compute` reads), and further tensors of the forward pass
 * (`outputs`, for example batch statistics), which tfjs itself would dispose with the tape. The caller disposes
 * all of them, or runs this within a tidy.
 */
export function valueAndGradients(
  inputs: Readonly<Record<string, tf.Tensor>>,
  compute: () => { loss: tf.Scalar; outputs?: Readonly<Record<string, tf.Tensor>> },
): ValueAndGradients {
  return tf.tidy(() => {
    const names = Object.keys(inputs);
    const kept: [string, tf.Tensor][] = [];
    const { value, grads } = tf.engine().gradients(
      () => {
        const { loss, outputs = {} } = compute();
        for (const [name, tensor] of Object.entries(outputs)) kept.push([name, tf.keep(tf.clone(tensor))]);
        return loss;
      },
      names.map((name) => inputs[name]!),
      undefined,
      true,
    );
    const gradients: Record<string, tf.Tensor> = {};
    names.forEach((name, index) => {
      const gradient = grads[index] as tf.Tensor | undefined;
      if (gradient != null) gradients[name] = gradient;
    });
    const outputs = Object.fromEntries(kept.map(([name, tensor]) => [name, releaseKept(tensor)]));
    return { loss: value, gradients, outputs };
  });
}
