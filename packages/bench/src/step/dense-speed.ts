/** A process of its own: `dense-speed.js THREADS` prints how fast a large dense product is with our kernels, as JSON. */
import * as tf from '@tensorflow/tfjs-core';
import { median } from 'simple-statistics';
import { useBackend } from './bench-backend.ts';

const size = 1024;
const runs = 12;

await useBackend('native', Number(process.argv[2]));
const a = tf.randomUniform([size, size], -1, 1, 'float32', 1) as tf.Tensor2D;
const b = tf.randomUniform([size, size], -1, 1, 'float32', 2) as tf.Tensor2D;
const milliseconds: number[] = [];
for (let run = 0; run < runs; run++) {
  const { kernelMs } = await tf.time(() => tf.matMul(a, b).dispose());
  if (run >= 2) milliseconds.push(kernelMs as number);
}
process.stdout.write(`${JSON.stringify({ gigaflops: (2 * size ** 3) / median(milliseconds) / 1e6 })}\n`);
