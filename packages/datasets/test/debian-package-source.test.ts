import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { debianPackageSource } from '../src/sources/debian-package-source.ts';

const file = { name: 'a.gz', sha256: '', bytes: 0 };

describe('the Debian package', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'spikefit-package-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  /** Tools that "download" the environment they were called with, and "unpack" it as the wanted file. */
  async function installTools(): Promise<void> {
    const tools = {
      'apt-get': '#!/bin/sh\n{ echo "$@"; env; } > fake_1.deb\n',
      'dpkg-deb': '#!/bin/sh\nmkdir -p "$3/usr/share/tiny" && cp "$2" "$3/usr/share/tiny/a.gz"\n',
    };
    for (const [name, text] of Object.entries(tools)) {
      await writeFile(join(root, name), text);
      await chmod(join(root, name), 0o700);
    }
  }
  const options = {
    signal: undefined,
    announce: () => {},
  };
  async function seen(environment: Record<string, string>): Promise<string[]> {
    await installTools();
    const searchPath = `${root}:/usr/bin:/bin`;
    const source = debianPackageSource('dataset-tiny', ['usr/share/tiny'], { environment, searchPath });
    const scratch = await mkdtemp(join(root, 'scratch-'));
    const chunks: Uint8Array[] = [];
    for await (const chunk of source.read(file, scratch, options)) chunks.push(chunk);
    return Buffer.concat(chunks).toString().trim().split('\n');
  }

  it('is fetched through the proxies of the environment, and with nothing else of it', async () => {
    const lines = await seen({
      http_proxy: 'http://proxy.test:3128',
      HTTPS_PROXY: 'http://secure.test:3128',
      no_proxy: 'mirror.test',
      NO_PROXY: 'other.test',
      ALL_PROXY: '',
      AWS_SECRET_ACCESS_KEY: 'secret',
    });
    expect(lines[0]).toBe('download dataset-tiny');
    const variables = lines.slice(1).filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line));
    expect(variables.sort()).toEqual([
      'LC_ALL=C',
      `PATH=${root}:/usr/bin:/bin`,
      'http_proxy=http://proxy.test:3128',
      'https_proxy=http://secure.test:3128',
      'no_proxy=mirror.test',
    ]);
  });

  it('says which tool is missing', async () => {
    const source = debianPackageSource('dataset-tiny', ['usr/share/tiny'], {
      environment: {},
      searchPath: join(root, 'nowhere'),
    });
    const reading = source.read(file, root, options)[Symbol.asyncIterator]().next();
    await expect(reading).rejects.toThrow('there is no apt-get on this machine');
  });
});
