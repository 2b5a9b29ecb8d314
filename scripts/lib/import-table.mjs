// Who may import whom, read from the table of docs/architecture.md, which is its only copy.
import { readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';

/** @typedef {{ level: number, mayImport: readonly string[] }} Rule */
/** @typedef {Readonly<Record<string, Rule>>} ImportTable  by the name after `@spikefit/` */

/** @returns {ImportTable} */
export function readImportTable() {
  return parseImportTable(readFileSync(inRoot('docs', 'architecture.md'), 'utf8'));
}

/** Packages that one of ours alone may import. @type {Readonly<Record<string, string>>} */
export const soleImporters = {
  '@prisma/client': 'database',
  '@prisma/adapter-pg': 'database',
  bullmq: 'queue',
};

/**
 * Reads the one table whose head is `| level | package | may import |`. The last column is "nothing of ours", "anything",
 * "all packages", "all packages but …", or a list of names; "(`a` also `b`)" adds to one of the row's packages, and what
 * follows ";" or ":" is for people.
 * @param {string} markdown
 * @returns {ImportTable}
 */
export function parseImportTable(markdown) {
  const lines = markdown.split('\n');
  const head = lines.findIndex((line) => /^\| level \| package \| may import \|$/.test(line));
  if (head < 0) throw new Error('docs/architecture.md has no table of who may import whom');
  const after = lines.slice(head + 2);
  const rows = after.slice(
    0,
    after.findIndex((line) => !line.startsWith('|')),
  );
  const parsed = rows.map((row) => {
    const [, level = '', packages = '', mayImport = ''] = row.split('|').map((cell) => cell.trim());
    return {
      level: level === '–' ? Number.POSITIVE_INFINITY : Number(level),
      names: namesIn(packages),
      mayImport,
    };
  });
  const levels = new Map(parsed.flatMap(({ level, names }) => names.map((name) => [name, level])));
  return Object.fromEntries(
    parsed.flatMap(({ level, names, mayImport }) => {
      const below = [...levels].filter(([, other]) => other < level).map(([name]) => name);
      return names.map((name) => [name, { level, mayImport: targetsOf(mayImport, name, below) }]);
    }),
  );
}

/** @param {string} cell @param {string} name of the importer @param {string[]} below everything of a smaller level */
function targetsOf(cell, name, below) {
  const [statement = ''] = cell.replace(/\s*\([^)]*\)/g, '').split(/[;:]/);
  const words = statement.replace(/`[^`]+`|,|\band\b/g, '').trim();
  const named = namesIn(statement);
  const extra = [...cell.matchAll(/\((`[^`]+`) also ([^)]*)\)/g)]
    .filter(([, importer = '']) => namesIn(importer).includes(name))
    .flatMap(([, , list = '']) => namesIn(list));
  switch (words) {
    case '':
      return [...named, ...extra];
    case 'nothing of ours':
      return [];
    case 'anything':
    case 'all packages':
      return below;
    case 'all packages but':
      return below.filter((target) => !named.includes(target));
    default:
      throw new Error(`docs/architecture.md: "${cell}" is no list of packages`);
  }
}

/** The names in backticks, without the folder of services. @param {string} text */
function namesIn(text) {
  return [...text.matchAll(/`(?:services\/)?([^`]+)`/g)].map((match) => match[1] ?? '');
}
