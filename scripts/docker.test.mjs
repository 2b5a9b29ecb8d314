// There is not everywhere an engine to build the images with, so this reads the files: every path, script, service and
// variable that they name must exist.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { loadConfig } from '@spikefit/config';
import { versitygwVersion } from '@spikefit/local-services';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { pnpmVersion } from './lib/package-manager.mjs';
import { inRoot } from './lib/paths.mjs';

const read = (/** @type {string} */ file) => readFileSync(inRoot(file), 'utf8');
const packageNames = new Map(
  [
    '.',
    ...readdirSync(inRoot('packages')).map((name) => `packages/${name}`),
    ...readdirSync(inRoot('services')).map((name) => `services/${name}`),
  ]
    .filter((folder) => existsSync(inRoot(folder, 'package.json')))
    .map((folder) => [
      JSON.parse(read(`${folder}/package.json`)).name,
      JSON.parse(read(`${folder}/package.json`)),
    ]),
);

/** Instructions with their line continuations joined. @param {string} file */
function instructions(file) {
  return read(file)
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => line.trim().replace(/\s+/g, ' '))
    .filter((line) => !line.startsWith('HEALTHCHECK') && !line.startsWith('CMD ["node", "-e"'))
    .map((line) => ({ name: line.split(' ')[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }));
}

/**
 * Compiled code is not in the tree, but its source is.
 * @param {string} file
 */
function existsAsSource(file) {
  return (
    existsSync(inRoot(file.replace('/dist/', '/src/').replace(/\.js$/, '.ts'))) || existsSync(inRoot(file))
  );
}

/** What is wrong with the words of one command, as far as it names things of ours. @param {string[]} words */
function problemsOfCommand(words) {
  const [program = '', ...rest] = words;
  if (program === 'node') return rest.slice(0, 1).filter((file) => !existsAsSource(file));
  if (program === 'npm') return rest.at(-1) === `pnpm@${pnpmVersion}` ? [] : [`pnpm is not ${pnpmVersion}`];
  if (program !== 'pnpm') return [];
  const filters = rest.flatMap((word, index) =>
    rest[index - 1] === '--filter' ? [word.replaceAll('"', '').replace(/\.{3}$/, '')] : [],
  );
  const problems = filters.filter((name) => !packageNames.has(name));
  const script = rest[rest.indexOf('run') + 1];
  if (rest.includes('run') && packageNames.get(filters[0] ?? '')?.scripts?.[script ?? ''] === undefined) {
    problems.push(`${filters[0]} has no script ${script}`);
  }
  if (rest.includes('tsc') && !existsSync(inRoot(rest.at(-1) ?? '', 'tsconfig.json')))
    problems.push(`no ${rest.at(-1)}`);
  return problems;
}

describe.each(readdirSync(inRoot('docker')).filter((file) => file.endsWith('Dockerfile')))(
  'docker/%s',
  (file) => {
    const all = instructions(path.join('docker', file));

    test('copies what is there', () => {
      const sources = all
        .filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from'))
        .flatMap(({ rest }) => rest.split(' ').slice(0, -1));
      expect(sources.length).toBeGreaterThan(5);
      expect(sources.filter((source) => !existsSync(inRoot(source)))).toEqual([]);
    });

    test('runs what is there', () => {
      const commands = all.flatMap(({ name, rest }) => {
        if (name === 'CMD') return [JSON.parse(rest)];
        return name === 'RUN' ? rest.split(' && ').map((command) => command.split(' ')) : [];
      });
      expect(commands.length).toBeGreaterThan(4);
      expect(commands.flatMap(problemsOfCommand)).toEqual([]);
    });

    test('has the Node that the packages ask for', () => {
      const images = all.filter(({ name }) => name === 'FROM').map(({ rest }) => rest.split(' ')[0]);
      expect(images.filter((image) => !/^node:22-bookworm(-slim)?$/.test(image ?? ''))).toEqual([]);
    });
  },
);

describe('docker-compose.yml', () => {
  const text = read('docker-compose.yml');
  /** @type {{ services: Record<string, Record<string, any>>, volumes: Record<string, unknown> }} */
  const compose = parse(text, { merge: true });
  const services = Object.entries(compose.services);

  test('has all parts of the service', () => {
    expect(Object.keys(compose.services)).toEqual(
      expect.arrayContaining(['postgres', 'redis', 's3', 'prepare', 'api', 'notifier', 'worker']),
    );
  });

  test('names files, services and volumes that exist', () => {
    const problems = services.flatMap(([name, service]) => [
      ...(service.build && !existsSync(inRoot(service.build.context, service.build.dockerfile))
        ? [`${name}: dockerfile`]
        : []),
      ...(service.build && service.command ? problemsOfCommand(service.command) : []),
      ...Object.keys(service.depends_on ?? {}).filter((other) => !(other in compose.services)),
      ...(service.volumes ?? [])
        .map((/** @type {string} */ mount) => mount.split(':')[0])
        .filter((/** @type {string} */ volume) => !(volume in compose.volumes)),
    ]);
    expect(problems).toEqual([]);
  });

  test('waits only for what says that it is healthy or has completed', () => {
    const problems = services.flatMap(([name, service]) =>
      Object.entries(/** @type {Record<string, { condition: string }>} */ (service.depends_on ?? {}))
        .filter(
          ([other, { condition }]) =>
            condition === 'service_healthy' && !compose.services[other]?.healthcheck,
        )
        .map(([other]) => `${name} waits for the health of ${other}`),
    );
    expect(problems).toEqual([]);
  });

  test('every variable that it needs is explained at its top', () => {
    const needed = [...text.matchAll(/\$\{(\w+):\?\}/g)].map((match) => match[1] ?? '');
    const head = text.slice(0, text.indexOf('x-common'));
    expect(new Set(needed).size).toBeGreaterThan(5);
    expect(needed.filter((name) => !head.includes(name))).toEqual([]);
  });

  test.each(
    /** @type {const} */ ([
      ['api', 'api'],
      ['worker', 'worker'],
      ['worker-gpu', 'worker'],
      ['notifier', 'notifier'],
    ]),
  )('the environment of %s is a valid configuration', (name, kind) => {
    const environment = environmentOf(compose.services[name] ?? {});
    const config = loadConfig(kind, environment);
    expect(config.objectStore.url).toMatch(/^s3:\/\/spikefit\//);
    // Nothing is set that nobody reads: each of our variables is known to the configuration's source.
    const known = read('packages/config/src/load-config.ts');
    expect(Object.keys(environment).filter((key) => !known.includes(`'${key}'`))).toEqual([]);
  });

  test('the worker on GPUs computes there or not at all, and starts only when it is asked for', () => {
    const service = compose.services['worker-gpu'] ?? {};
    expect(loadConfig('worker', environmentOf(service)).compute).toMatchObject({
      backend: 'tensorflow',
      device: 'gpu',
    });
    expect(service.profiles).toEqual(['gpu']);
    expect(service.deploy.resources.reservations.devices[0].capabilities).toEqual(['gpu']);
  });

  test('the environment of prepare is a valid configuration of every command of the administrator', () => {
    const environment = environmentOf(compose.services.prepare ?? {});
    const { passwords, database } = loadConfig('prepare', environment);
    const owner = new URL(loadConfig('admin', environment).ownerDatabaseUrl);
    expect([owner.username, owner.password, owner.pathname]).toEqual([
      'spikefit_owner',
      passwords.owner,
      `/${database}`,
    ]);
    const known = read('packages/config/src/load-config.ts') + read('packages/config/src/config.ts');
    const unread = Object.keys(environment).filter((key) => !known.includes(key) && !/_PASSWORD$/.test(key));
    expect(unread).toEqual([]);
  });

  test('the queue is kept and never evicts; the S3 server is the tested version', () => {
    const redis = (compose.services.redis?.command ?? []).join(' ');
    expect(redis).toMatch(/--appendonly yes/);
    expect(redis).toMatch(/--maxmemory-policy noeviction/);
    expect(compose.services.s3?.image).toBe(`versity/versitygw:v${versitygwVersion}`);
  });

  test('the administration commands that it mentions exist', () => {
    const mentioned = [...text.matchAll(/dist\/(admin)\.js,? ([a-z-]+)/g)].map(([, file, command]) => ({
      file,
      command,
    }));
    expect(mentioned.length).toBeGreaterThan(0);
    const missing = mentioned.filter(
      ({ file, command }) => !new RegExp(`\\n  '?${command}'?: `).test(read(`services/api/src/${file}.ts`)),
    );
    expect(missing).toEqual([]);
  });
});

/**
 * The environment as Compose would make it, with every unset variable given a value.
 * @param {Record<string, any>} service @returns {Record<string, string>}
 */
function environmentOf(service) {
  const secretKey = Buffer.alloc(32, 7).toString('base64');
  return Object.fromEntries(
    Object.entries(service.environment ?? {}).map(([key, value]) => [
      key,
      String(value).replace(/\$\{(\w+):([?-])([^}]*)\}/g, (_, name, kind, fallback) => {
        if (kind === '-') return fallback;
        return name === 'SPIKEFIT_SECRET_KEY' ? secretKey : 'value123';
      }),
    ]),
  );
}
