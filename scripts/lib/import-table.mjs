// Who may import whom: the table of docs/architecture.md. An import goes only to a package with a smaller level.

/** @typedef {{ level: number, mayImport: readonly string[] }} Rule */

const onContracts = ['contracts'];
const mathematics = ['contracts', 'specification', 'snn'];
const infrastructure = [
  'contracts',
  'specification',
  'config',
  'telemetry',
  'database',
  'queue',
  'object-store',
];
const everythingForJobs = [
  ...infrastructure,
  'tfjs-native',
  'snn',
  'datasets',
  'compression',
  'hardware',
  'interchange',
  'training',
];

/** By the name after `@spikefit/`. @type {Readonly<Record<string, Rule>>} */
export const importTable = {
  contracts: { level: 0, mayImport: [] },
  'tfjs-native': { level: 0, mayImport: [] },
  specification: { level: 1, mayImport: onContracts },
  config: { level: 1, mayImport: onContracts },
  telemetry: { level: 1, mayImport: onContracts },
  database: { level: 1, mayImport: onContracts },
  queue: { level: 1, mayImport: onContracts },
  'object-store': { level: 1, mayImport: onContracts },
  'local-services': { level: 1, mayImport: onContracts },
  snn: { level: 2, mayImport: ['contracts', 'specification'] },
  datasets: { level: 2, mayImport: ['contracts', 'specification', 'object-store'] },
  compression: { level: 3, mayImport: mathematics },
  hardware: { level: 3, mayImport: mathematics },
  interchange: { level: 3, mayImport: mathematics },
  // It gets ports: no database, queue or telemetry, and no backend.
  training: { level: 4, mayImport: [...mathematics, 'datasets', 'compression', 'hardware', 'interchange'] },
  api: { level: 5, mayImport: [...infrastructure, 'hardware', 'interchange'] },
  notifier: { level: 5, mayImport: [...infrastructure, 'hardware', 'interchange'] },
  worker: { level: 5, mayImport: everythingForJobs },
  client: { level: 2, mayImport: ['contracts', 'specification'] },
  // Tests and benchmarks alone import these two, and they may import anything.
  testkit: { level: 6, mayImport: [...everythingForJobs, 'local-services', 'client'] },
  bench: {
    level: 6,
    mayImport: [...everythingForJobs, 'local-services', 'client', 'api', 'notifier', 'worker'],
  },
};

/** Packages that one of ours alone may import. @type {Readonly<Record<string, string>>} */
export const soleImporters = {
  '@prisma/client': 'database',
  '@prisma/adapter-pg': 'database',
  bullmq: 'queue',
};
