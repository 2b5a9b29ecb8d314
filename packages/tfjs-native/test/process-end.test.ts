// A process may end while its kernels still run: on arrays that end with it.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { nativeAddonStatus } from '../src/index.ts';

const run = promisify(execFile);
const entry = fileURLToPath(new URL('../dist/index.js', import.meta.url));

const program = (end: string): string => `
  import * as tf from '@tensorflow/tfjs-core';
  import { registerNativeBackend } from ${JSON.stringify(entry)};
  registerNativeBackend({ threads: 2 });
  await tf.setBackend('native');
  const a = tf.ones([700, 700]);
  for (let i = 0; i < 30; i++) tf.matMul(a, a).dispose();
  ${end}`;

test.runIf(nativeAddonStatus().available).each([
  ['by itself', '', 0],
  ['by process.exit', 'process.exit(3)', 3],
  ['by an error', 'throw new Error("the end")', 1],
] as const)('a process that ends %s waits for its kernels', async (_, end, code) => {
  const ended = run(process.execPath, ['--input-type=module', '--eval', program(end)], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
  });
  const result = await ended.then(
    () => ({ code: 0, signal: null }),
    (error: { code?: number | null; signal?: string | null }) => ({
      code: error.code,
      signal: error.signal ?? null,
    }),
  );
  expect(result).toEqual({ code, signal: null });
});
