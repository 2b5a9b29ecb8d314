import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureVersitygw, versitygwVersion } from '@spikefit/local-services';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

let folder: string;
let cache: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spikefit-go-'));
  cache = path.join(folder, 'cache', 'spikefit');
  await mkdir(path.join(folder, 'bin'));
  vi.stubEnv('XDG_CACHE_HOME', path.join(folder, 'cache'));
  vi.stubEnv('PATH', `${path.join(folder, 'bin')}:/usr/bin:/bin`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** A compiler that writes what it was asked into a file, as a real one leaves read-only modules, and ends with `end`. */
async function writeGo(version: string, end: string): Promise<void> {
  const program = path.join(folder, 'bin', 'go');
  const script = `#!/bin/sh
echo "$GOPATH:$GOMODCACHE:$GOCACHE:$GOTMPDIR:$XDG_CONFIG_HOME:$GOFLAGS:$*" >> "${folder}/calls"
mkdir -p "$GOMODCACHE/github.com" && touch "$GOMODCACHE/github.com/file" "$GOCACHE/object"
${end}
`;
  await writeFile(program, script);
  await chmod(program, 0o755);
  await writeFile(path.join(folder, 'VERSION'), `${version}\ntime 2030-01-01T00:00:00Z\n`);
}

const succeeds = 'printf "#!/bin/sh\\n" > "$GOBIN/versitygw" && chmod +x "$GOBIN/versitygw"';
const fails = 'echo "go: downloading" >&2; echo "dial tcp: no route" >&2; exit 1';
const calls = async () => (await readFile(path.join(folder, 'calls'), 'utf8')).trim().split('\n');

describe('ensureVersitygw', () => {
  test('builds into the cache with folders of its own, and leaves only the program', async () => {
    await writeGo('go1.30.0', succeeds);
    const program = path.join(cache, `versitygw-${versitygwVersion}`, 'versitygw');
    expect(await ensureVersitygw()).toEqual({ program });
    expect(await ensureVersitygw()).toEqual({ program });
    expect(await readdir(cache)).toEqual([`versitygw-${versitygwVersion}`]);
    const [call = '', ...more] = await calls();
    expect(more).toEqual([]);
    expect(call).toMatch(
      /-modcacherw:install -gcflags=all=-N -l -ldflags=-s -w github\.com\/versity\/versitygw\/cmd\/versitygw@v[\d.]+$/,
    );
    const own = call.split(':').slice(0, 5);
    expect(own.filter((name) => !name.startsWith(`${cache}/versitygw-`))).toEqual([]);
  });

  test('a failure is remembered with its reason', async () => {
    await writeGo('go1.30.0', fails);
    expect(await ensureVersitygw()).toEqual({ unavailable: expect.stringMatching(/dial tcp: no route/) });
    expect(await ensureVersitygw()).toEqual({
      unavailable: expect.stringMatching(/dial tcp: no route.*SPIKEFIT_S3_REBUILD=1/),
    });
    expect(await calls()).toHaveLength(1);
    expect(await readdir(cache)).toEqual([`versitygw-${versitygwVersion}.failed.json`]);
  });

  test.each([
    ['asked for', () => vi.stubEnv('SPIKEFIT_S3_REBUILD', '1')],
    ['there is another Go', () => writeGo('go1.31.0', fails)],
    ['a day has passed', () => backdate(25)],
    ['the note is damaged', () => writeFile(failureFile(), '{')],
  ])('tries again when %s', async (_, change) => {
    await writeGo('go1.30.0', fails);
    await ensureVersitygw();
    await change();
    await ensureVersitygw();
    expect(await calls()).toHaveLength(2);
  });

  test('not before a day has passed; a success forgets the failure', async () => {
    await writeGo('go1.30.0', fails);
    await ensureVersitygw();
    await backdate(23);
    await ensureVersitygw();
    expect(await calls()).toHaveLength(1);
    await backdate(2);
    await writeGo('go1.30.0', succeeds);
    expect(await ensureVersitygw()).toHaveProperty('program');
    expect(await readdir(cache)).toEqual([`versitygw-${versitygwVersion}`]);
  });
});

const failureFile = () => path.join(cache, `versitygw-${versitygwVersion}.failed.json`);

/** As if the failure had been that much earlier. */
async function backdate(hours: number): Promise<void> {
  const known = JSON.parse(await readFile(failureFile(), 'utf8')) as { at: string };
  const at = new Date(new Date(known.at).getTime() - hours * 3_600_000).toISOString();
  await writeFile(failureFile(), JSON.stringify({ ...known, at }));
}
