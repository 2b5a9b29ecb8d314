/** A process of its own: `dense-speed.js THREADS` prints how fast a large dense product is with our kernels, as JSON. */
import * as tf from '@tensorflow/tfjs-core';
import { median } from 'simple-statistics';
import { useBackend } from './bench-backend.ts';

const size = 1024;
const runs = 12;

await useBackend('native', Number(process.argv[2]));
const a = tf.randomUniform([size, size], -1, 1, 'float32', 1) as tf.Tensor2D;
const b = tf.randomUniform([size, size], -1, 1, 'float32', 2) as tf.Tensor2D;
const seconds = Array.from({ length: runs }, () => {
  const started = performance.now();
  tf.matMul(a, b).dispose();
  return (performance.now() - started) / 1000;
}).slice(2);
process.stdout.write(`${JSON.stringify({ gigaflops: (2 * size ** 3) / median(seconds) / 1e9 })}\n`);
