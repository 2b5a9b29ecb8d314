/**
 * Recorded data that is too big, or not ours, to keep in the repository: in the folder that SPIKEFIT_DATA names, or in
 * `../shared/data` beside the checkout.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { processEnvironment } from '@spikefit/local-services';
import type { TestContext } from 'vitest';
import { announceSkip, skipAloud } from './skip.ts';

const checkout = fileURLToPath(new URL('../../../', import.meta.url));

/** The absolute path of a file such as `nir/lif_norse.csv`; without it, the test that `context` belongs to is skipped. */
export function realData(name: string, context: Pick<TestContext, 'skip'>): string;
/** The absolute path, or undefined after saying aloud that it is missing (for `test.skipIf`). */
export function realData(name: string): string | undefined;
export function realData(name: string, context?: Pick<TestContext, 'skip'>): string | undefined {
  const folder = processEnvironment.SPIKEFIT_DATA || path.join(checkout, '..', 'shared', 'data');
  const file = path.resolve(folder, name);
  if (existsSync(file)) return file;
  const reason = `no ${name} in ${path.resolve(folder)} (set SPIKEFIT_DATA to the folder that has it)`;
  if (context !== undefined) skipAloud(context, reason);
  announceSkip(reason);
  return undefined;
}
