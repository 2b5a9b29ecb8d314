import type * as tf from '@tensorflow/tfjs-core';

/** A kept tensor as one of the current scope: a clone belongs to it, the kept original to none and is disposed. */
export function releaseKept<T extends tf.Tensor>(kept: T): T {
  const tracked = kept.clone() as T;
  kept.dispose();
  return tracked;
}
