import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { renderErrors } from '../scripts/render-errors.mjs';
import { errorCatalogue } from '../src/errors.ts';

const path = fileURLToPath(new URL('../../../docs/errors.md', import.meta.url));

describe('docs/errors.md', () => {
  it('is what the generator writes (node packages/contracts/scripts/generate-errors.mjs)', async () => {
    expect(await readFile(path, 'utf8')).toBe(renderErrors(errorCatalogue));
  });

  it('has one heading per code, with status, class and remedy', async () => {
    const text = await readFile(path, 'utf8');
    const headings = [...text.matchAll(/^### (.+)$/gm)].map(([, code]) => code);
    expect(headings.sort()).toEqual(Object.keys(errorCatalogue).sort());
    for (const { remedy } of Object.values(errorCatalogue)) expect(text).toContain(remedy);
  });

  it('refuses a code without a place', () => {
    const entry = { status: 400, title: 'x', remedy: 'y', class: 'user' };
    expect(() => renderErrors({ ...errorCatalogue, 'novel.code': entry })).toThrow('novel.code');
  });
});
