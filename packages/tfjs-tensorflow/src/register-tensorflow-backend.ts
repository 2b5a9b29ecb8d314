import * as tf from '@tensorflow/tfjs-core';
import { tensorflowStatus } from './installation.ts';
import { loadTfjsNode } from './load-tfjs-node.ts';

/** Fixed by tfjs-node. */
export const tensorflowBackendName = 'tensorflow';

export interface TensorflowBackendInfo {
  /** Of TensorFlow. */
  readonly version: string;
  /** Where it computes. */
  readonly device: 'cpu' | 'gpu';
}

/**
 * Registers the backend `tensorflow` and makes it the current one; no part of it falls back to another backend. It
 * computes on a GPU where its library is built for that and sees one.
 *
 * Its number of threads is read by TensorFlow from TF_NUM_INTRAOP_THREADS and TF_NUM_INTEROP_THREADS, once.
 *
 * @throws Error in one line with the remedy, where TensorFlow is not set up or `device` is not there
 */
export function registerTensorflowBackend({
  device = 'auto',
}: {
  device?: 'auto' | 'cpu' | 'gpu';
} = {}): TensorflowBackendInfo {
  const status = tensorflowStatus();
  if (!status.available) throw new Error(status.reason);
  if (device === 'gpu' && status.device !== 'gpu') {
    throw new Error(
      'TensorFlow is set up for the CPU: run `npm run setup:tensorflow -- --gpu` on a machine with a GPU',
    );
  }
  const { backend } = loadTfjsNode(status.binding);
  tf.setBackend(tensorflowBackendName);
  const found = backend().isUsingGpuDevice ? 'gpu' : 'cpu';
  if (device !== 'auto' && device !== found) {
    throw new Error(
      device === 'gpu'
        ? 'TensorFlow sees no GPU: check the driver with `nvidia-smi`, and CUDA_VISIBLE_DEVICES'
        : 'TensorFlow computes on a GPU: hide it with CUDA_VISIBLE_DEVICES=-1',
    );
  }
  return { version: status.version, device: found };
}
