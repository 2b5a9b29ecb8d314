import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { indexUrlOf, packageIndex } from './package-index.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'spikefit-home-'));
});
afterEach(() => rm(home, { recursive: true }));

describe('packageIndex', () => {
  test('takes the environment first, and moves credentials into a header', () => {
    const index = packageIndex({ HOME: home, PIP_INDEX_URL: 'https://me:p%40ss@index.example/simple' });
    expect(index.url.href).toBe('https://index.example/simple/');
    expect(index.headers).toEqual({ authorization: `Basic ${Buffer.from('me:p@ss').toString('base64')}` });
  });

  test('then the files of the user, the last one winning', async () => {
    await mkdir(path.join(home, '.config', 'pip'), { recursive: true });
    await writeFile(
      path.join(home, '.config', 'pip', 'pip.conf'),
      '[global]\nindex-url = https://user.example/simple\n',
    );
    expect(packageIndex({ HOME: home }).url.href).toBe('https://user.example/simple/');
    const named = path.join(home, 'named.conf');
    await writeFile(named, '[global]\nindex-url: https://named.example/simple/\n');
    expect(packageIndex({ HOME: home, PIP_CONFIG_FILE: named }).url.href).toBe(
      'https://named.example/simple/',
    );
  });

  test('reads the section of the command before the global one, and no other', () => {
    expect(indexUrlOf('[install]\nindex-url = https://no.example\n')).toBeUndefined();
    expect(indexUrlOf('[download]\nindex_url=https://a.example\n[global]\nindex-url=https://b.example')).toBe(
      'https://a.example',
    );
    expect(
      indexUrlOf('[global]\nextra-index-url = https://no.example\n# index-url = https://no.example'),
    ).toBeUndefined();
  });
});
