import { defineConfig } from 'vitest/config';

/**
 * Whole services, trainers and compilers that take every core: beside one another they would starve. The frozen worker's
 * test is none of them: it waits for leases most of its time.
 */
const heavy = [
  'packages/tfjs-native/test/kernel-program.test.ts',
  'services/worker/test/faults/kill-*.test.ts',
  'services/*/test/process.test.ts',
  'services/worker/test/trainer.test.ts',
  'scripts/deployment.test.mjs',
  'scripts/start.test.mjs',
];

const shared = {
  // A process per file: native addons, child processes and signals want one, and a crash takes only its file along.
  pool: 'forks' as const,
  server: { deps: { external: [/\/(packages|services)\/[^/]+\/dist\//] } },
  testTimeout: 30_000,
  hookTimeout: 60_000,
  // The built testkit, so that tests and set-up share one registry of what is held open.
  setupFiles: ['packages/testkit/dist/leak-checks.js'],
};

export default defineConfig({
  test: {
    teardownTimeout: 30_000,
    // Once for all projects.
    globalSetup: ['packages/testkit/dist/global-setup.js'],
    projects: [
      {
        test: {
          ...shared,
          name: 'tests',
          include: [
            'packages/*/src/**/*.test.ts',
            'packages/*/test/**/*.test.ts',
            'services/*/src/**/*.test.ts',
            'services/*/test/**/*.test.ts',
            'scripts/**/*.test.mjs',
          ],
          exclude: ['**/node_modules/**', '**/dist/**', ...heavy],
          // One more than cores are needed: services wait for one another.
          maxWorkers: 3,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'services',
          include: heavy,
          // One file after another, when all else is done.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
