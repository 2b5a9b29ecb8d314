// The case table (test/cases), compiled for plain Node.

import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { BuildFailure, packageFolder } from './toolchain.mjs';

/**
 * Compiles what changed, into build/cases.
 * @returns {Promise<(name: string) => Promise<any>>} imports a module of test/cases
 */
export async function compileCases() {
  const typescript = createRequire(import.meta.url).resolve('typescript/package.json');
  const arguments_ = [join(dirname(typescript), 'bin', 'tsc'), '-p', join('test', 'cases')];
  try {
    await promisify(execFile)(process.execPath, arguments_, { cwd: packageFolder });
  } catch (error) {
    throw new BuildFailure(`the case table does not compile:\n${Object(error).stdout}`, { cause: error });
  }
  return (name) => import(join(packageFolder, 'build', 'cases', 'test', 'cases', `${name}.js`));
}

/** The built addon, as plain Node loads it. */
export const loadAddon = () =>
  createRequire(import.meta.url)(join(packageFolder, 'build', 'spikefit_native.node'));
