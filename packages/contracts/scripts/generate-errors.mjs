#!/usr/bin/env node
/**
 * Writes docs/errors.md from the error catalogue (the compiled one: build the package first).
 * With --check it writes nothing and ends with 1 when the file is out of date.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { renderErrors } from './render-errors.mjs';

const path = fileURLToPath(new URL('../../../docs/errors.md', import.meta.url));
const { errorCatalogue } = await import('../dist/index.js');
const text = renderErrors(errorCatalogue);

if (process.argv.includes('--check')) {
  const current = await readFile(path, 'utf8').catch(() => '');
  if (current !== text) {
    console.error('docs/errors.md is out of date: run node packages/contracts/scripts/generate-errors.mjs');
    process.exitCode = 1;
  }
} else {
  await writeFile(path, text);
}
