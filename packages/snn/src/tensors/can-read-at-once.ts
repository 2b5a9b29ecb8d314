import * as tf from '@tensorflow/tfjs-core';

/** Whether `dataSync` works on the current backend: what WebGPU computes comes only with the event loop. */
export const canReadAtOnce = (): boolean => tf.getBackend() !== 'webgpu';
