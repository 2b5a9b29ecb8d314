// TensorFlow.js's own tests of its ops (some 3 400, forward and gradient) on the backend `native`. Only those for
// browsers are left out. They come with tfjs-core as ES modules; that copy shares registry and engine with the one
// that the backend uses.
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { vi } from 'vitest';
import { registerNativeBackend } from '../../src/index.ts';
import { installGlobals } from './jasmine-for-vitest.ts';

vi.mock('@tensorflow/tfjs-core/dist/jasmine_util.js', async () => {
  const { jasmineUtilFor } = await import('./jasmine-for-vitest.ts');
  return jasmineUtilFor('native');
});

registerNativeBackend({ threads: 2 });
installGlobals();

const distribution = dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-core'));
await import(join(distribution, 'public/chained_ops/register_all_chained_ops.js'));
await import(join(distribution, 'register_all_gradients.js'));
const opTests = readdirSync(join(distribution, 'ops'), { recursive: true, encoding: 'utf8' });
for (const file of opTests.filter((name) => name.endsWith('_test.js')).sort()) {
  await import(join(distribution, 'ops', file));
}
