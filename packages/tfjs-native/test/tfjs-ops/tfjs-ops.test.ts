// TensorFlow.js's own tests (dist/tests.js, some 3 900) on the backend `native`: of every op, forward and gradient, of
// tensors, variables and optimisers. What is left out, and why: left-out.ts, and the skips that this run prints. They
// come with tfjs-core as ES modules; that copy shares registry and engine with the one that the backend uses.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { registerNativeBackend } from '../../src/index.ts';
import { installGlobals } from './jasmine-for-vitest.ts';
import { leftOut } from './left-out.ts';

vi.mock('@tensorflow/tfjs-core/dist/jasmine_util.js', async () => {
  const { jasmineUtilFor } = await import('./jasmine-for-vitest.ts');
  return jasmineUtilFor('native');
});

const distribution = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-core'));
const list = readFileSync(join(distribution, 'tests.js'), 'utf8');
const files = [...list.matchAll(/^import '\.\/(.+)';$/gm)].map(([, file]) => file!);

it('runs every file of tests that tfjs-core lists, or says why not', () => {
  expect(files.filter((file) => file.startsWith('ops/')).length).toBeGreaterThan(200);
  expect(Object.keys(leftOut).filter((file) => !files.includes(file))).toEqual([]);
  expect(Object.keys(leftOut).filter((file) => file.startsWith('ops/'))).toEqual([]);
});
for (const [file, reason] of Object.entries(leftOut)) it.skip(`${file}: SKIPPED: ${reason}`, () => {});

registerNativeBackend({ threads: 2 });
installGlobals();
await import(join(distribution, 'public/chained_ops/register_all_chained_ops.js'));
await import(join(distribution, 'register_all_gradients.js'));
for (const file of files.filter((name) => !(name in leftOut))) await import(join(distribution, `${file}.js`));
