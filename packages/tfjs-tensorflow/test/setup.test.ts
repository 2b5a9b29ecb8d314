/** `npm run setup:tensorflow` on machines that lack something: one line that says what and how to mend it. */
import { spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const script = fileURLToPath(new URL('../scripts/setup.mjs', import.meta.url));
let folder: string;
let programs: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spikefit-setup-'));
  programs = await mkdtemp(path.join(folder, 'bin-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Nothing is on the path but the given shell scripts. */
async function setUp(shellScripts: Record<string, string>, words: string[] = []) {
  await symlink('/bin/sh', path.join(programs, 'sh'));
  for (const [name, body] of Object.entries(shellScripts)) {
    await writeFile(path.join(programs, name), `#!/bin/sh\n${body}\n`);
    await chmod(path.join(programs, name), 0o755);
  }
  const { status, stderr } = spawnSync(process.execPath, [script, ...words], {
    env: { PATH: programs, XDG_CACHE_HOME: path.join(folder, 'cache') },
    encoding: 'utf8',
  });
  return { status, said: stderr };
}

const gcc = { 'g++': 'echo "g++ 99"' };

it.each([
  ['a compiler', {}, /^tensorflow: no C\+\+ compiler found.*apt-get install g\+\+/],
  ['python3', gcc, /^tensorflow: no python3 found: install it .*apt-get install python3 python3-pip/],
  [
    'pip',
    { ...gcc, python3: 'case "$*" in *pip*) exit 1;; esac' },
    /^tensorflow: python3 has no pip: install it .*apt-get install python3-pip/,
  ],
  [
    'a package index',
    { ...gcc, python3: 'case "$*" in *download*) echo "ERROR: no route" >&2; exit 1;; esac' },
    /^tensorflow: pip cannot fetch the wheel \(ERROR: no route\)/,
  ],
])('without %s', async (_, shellScripts, expected) => {
  const { status, said } = await setUp(shellScripts);
  expect(said).toMatch(expected);
  expect(said.trim()).not.toContain('\n');
  expect(status).toBe(1);
  const cache = path.join(folder, 'cache', 'spikefit', 'tensorflow');
  expect(await readdir(cache).catch(() => [])).toEqual([]);
});
