// The workspace graph is the one of docs/architecture.md, and the house rules that a linter does not know hold.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseImportTable, readImportTable, soleImporters } from './lib/import-table.mjs';
import { inRoot } from './lib/paths.mjs';
import { importsOf, packageOf, readWorkspace, withoutComments } from './lib/workspace.mjs';

const importTable = readImportTable();
const workspace = readWorkspace();
const rootManifest = JSON.parse(readFileSync(inRoot('package.json'), 'utf8'));
const ours = (/** @type {string} */ name) => name.startsWith('@spikefit/');
const short = (/** @type {string} */ name) => name.replace('@spikefit/', '');

describe('the import table', () => {
  test('names every package and nothing else', () => {
    expect(Object.keys(importTable).sort()).toEqual(workspace.map((entry) => entry.shortName).sort());
  });

  test('is read as it is meant', () => {
    const head = '| level | package | may import |\n|---|---|---|\n';
    const table = parseImportTable(`# Text\n\n${head}| 0 | \`a\`, \`b\` | nothing of ours |
| 1 | \`c\`, \`d\` | \`a\` (\`d\` also \`b\`) |
| 5 | \`services/e\` | all packages but \`b\`; it has \`c\` |
| – | \`f\` | anything |\n\nMore.`);
    expect(table).toEqual({
      a: { level: 0, mayImport: [] },
      b: { level: 0, mayImport: [] },
      c: { level: 1, mayImport: ['a'] },
      d: { level: 1, mayImport: ['a', 'b'] },
      e: { level: 5, mayImport: ['a', 'c', 'd'] },
      f: { level: Number.POSITIVE_INFINITY, mayImport: ['a', 'b', 'c', 'd', 'e'] },
    });
    expect(() => parseImportTable(`${head}| 0 | \`a\` | what it likes |\n`)).toThrow(/no list of packages/);
    expect(() => parseImportTable('no table')).toThrow(/no table/);
  });

  test('only goes downwards', () => {
    const upwards = Object.entries(importTable).flatMap(([name, rule]) =>
      rule.mayImport
        .filter((target) => (importTable[target]?.level ?? Number.POSITIVE_INFINITY) >= rule.level)
        .map((target) => `${name} → ${target}`),
    );
    expect(upwards).toEqual([]);
  });
});

describe.each(workspace)('$folder', (entry) => {
  test('depends on what the table allows', () => {
    const allowed = importTable[entry.shortName]?.mayImport ?? [];
    expect(entry.dependencies.filter((name) => ours(name) && !allowed.includes(short(name)))).toEqual([]);
  });

  test('imports what its package.json declares, and stays inside its folder', () => {
    const problems = entry.files.flatMap(({ file, kind, imports }) => {
      const declared = [entry.name, ...entry.dependencies];
      if (kind === 'test')
        declared.push(...entry.devDependencies, ...Object.keys(rootManifest.devDependencies));
      return imports
        .filter((specifier) => !specifier.startsWith('node:'))
        .filter((specifier) =>
          specifier.startsWith('.')
            ? kind === 'source' &&
              path.relative(entry.folder, path.join(path.dirname(file), specifier)).startsWith('..')
            : !declared.includes(packageOf(specifier)) &&
              !declared.includes(`@types/${packageOf(specifier)}`),
        )
        .map((specifier) => `${file}: ${specifier}`);
    });
    expect(problems).toEqual([]);
  });

  test('leaves the database client and the queue library to their package', () => {
    const problems = entry.files
      .filter(({ kind }) => kind === 'source')
      .flatMap(({ file, imports }) =>
        imports
          .filter((specifier) => (soleImporters[packageOf(specifier)] ?? entry.shortName) !== entry.shortName)
          .map((specifier) => `${file}: ${specifier}`),
      );
    expect(problems).toEqual([]);
  });

  test('reads the environment, the time and chance only where it may', () => {
    const problems = entry.files
      .filter(({ kind }) => kind === 'source')
      .flatMap(({ file, code }) => forbidden(entry.shortName, file, code));
    expect(problems).toEqual([]);
  });
});

/**
 * @param {string} packageName @param {string} file @param {string} code
 * @returns {string[]}
 */
function forbidden(packageName, file, code) {
  const rules = [
    {
      what: 'process.env',
      pattern: /\bprocess\.env\b/,
      allowed:
        packageName === 'config' || file === path.join('packages', 'local-services', 'src', 'environment.ts'),
    },
    {
      what: 'the system time',
      pattern: /\bDate\.now\b|\bnew Date\(\s*\)/,
      allowed: file === path.join('packages', 'contracts', 'src', 'clock.ts'),
    },
    { what: 'Math.random', pattern: /\bMath\.random\b/, allowed: false },
  ];
  return rules
    .filter((rule) => !rule.allowed && rule.pattern.test(code))
    .map((rule) => `${file}: ${rule.what}`);
}

describe('the reader of sources', () => {
  test('finds every form of import and no mention in comments', () => {
    const code = withoutComments(`
      import a, { b } from 'one';
      import type {
        C,
      } from 'two'; // from 'not-this'
      import 'three';
      export * from './four.ts';
      /* import 'nor-this' */
      const five = await import('five'), six = require.resolve('six');
      const url = 'https://example.org'; import('seven');
    `);
    expect(importsOf(code).sort()).toEqual(['./four.ts', 'five', 'one', 'seven', 'six', 'three', 'two']);
  });

  test('sees what is forbidden', () => {
    expect(
      forbidden('snn', 'packages/snn/src/a.ts', 'const seed = Date.now() * Math.random();'),
    ).toHaveLength(2);
    expect(forbidden('api', 'services/api/src/app.ts', 'process.env.PORT')).toHaveLength(1);
    expect(forbidden('contracts', 'packages/contracts/src/clock.ts', 'new Date()')).toEqual([]);
    expect(forbidden('config', 'packages/config/src/load-config.ts', 'process.env')).toEqual([]);
  });
});
