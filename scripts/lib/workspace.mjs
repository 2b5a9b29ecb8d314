// The workspace as it is: packages, their manifests, source files and imports.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { inRoot, root } from './paths.mjs';

/**
 * @typedef {{ name: string, shortName: string, folder: string, dependencies: string[], devDependencies: string[],
 *   files: SourceFile[] }} Package  `folder` is relative to the root
 * @typedef {{ file: string, kind: 'source' | 'test', code: string, imports: string[] }} SourceFile  `file` is relative
 *   to the root; `code` has no comments
 */

/** @returns {Package[]} */
export function readWorkspace() {
  return ['packages', 'services'].flatMap((group) =>
    readdirSync(inRoot(group))
      .filter((name) => existsSync(inRoot(group, name, 'package.json')))
      .map((name) => readPackage(path.join(group, name))),
  );
}

/** @param {string} folder @returns {Package} */
function readPackage(folder) {
  const manifest = JSON.parse(readFileSync(inRoot(folder, 'package.json'), 'utf8'));
  return {
    name: manifest.name,
    shortName: manifest.name.replace('@spikefit/', ''),
    folder,
    dependencies: Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }),
    devDependencies: Object.keys(manifest.devDependencies ?? {}),
    files: [...listSources(path.join(folder, 'src')), ...listSources(path.join(folder, 'test'))].map(
      readSource,
    ),
  };
}

/** @param {string} folder @returns {string[]} */
function listSources(folder) {
  if (!existsSync(inRoot(folder))) return [];
  return readdirSync(inRoot(folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory())
      return ['generated', 'node_modules', 'dist'].includes(entry.name) ? [] : listSources(file);
    return /\.(ts|tsx|mjs)$/.test(entry.name) ? [file] : [];
  });
}

/** @param {string} file @returns {SourceFile} */
function readSource(file) {
  const isTest = /\.test\.tsx?$/.test(file) || file.split(path.sep)[2] === 'test';
  const code = withoutComments(readFileSync(path.join(root, file), 'utf8'));
  return { file, kind: isTest ? 'test' : 'source', code, imports: importsOf(code) };
}

/**
 * Blanks comments, but not what looks like one inside a string, template or regular expression on one line.
 * @param {string} code
 */
export function withoutComments(code) {
  const token =
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)|(\/\*[\s\S]*?\*\/|(?<![:\\/])\/\/[^\n]*)/g;
  return code.replace(token, (whole, text) => (text === undefined ? ' ' : whole));
}

/** Every module that the code imports, exports from, or loads. @param {string} code */
export function importsOf(code) {
  const forms = [
    /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]/gm,
    /^\s*import\s*['"]([^'"]+)['"]/gm,
    /\bimport\(\s*['"]([^'"]+)['"]/g,
    /\brequire(?:\.resolve)?\(\s*['"]([^'"]+)['"]/g,
  ];
  return [...new Set(forms.flatMap((form) => [...code.matchAll(form)].map((match) => match[1] ?? '')))];
}

/** `@a/b/c` → `@a/b`, `a/b` → `a`. @param {string} specifier */
export function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
