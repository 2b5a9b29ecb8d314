import type { TensorInfo } from '@tensorflow/tfjs-core';
import { lastDimension, sizeOf } from './native-kernel.ts';

/** [rows, channels] of a tensor whose last axis is the channels. */
export function channelDimensions(x: TensorInfo): Int32Array {
  const channels = lastDimension(x.shape);
  return Int32Array.of(channels === 0 ? 0 : sizeOf(x.shape) / channels, channels);
}
