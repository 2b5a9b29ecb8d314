import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/**/*.test.ts',
      'services/*/src/**/*.test.ts',
      'services/*/test/**/*.test.ts',
      'scripts/**/*.test.mjs',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // A process per file: native addons, child processes and signals want one, and a crash takes only its file along.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    // The built testkit, so that tests and set-up share one registry of what is held open.
    globalSetup: ['packages/testkit/dist/global-setup.js'],
    setupFiles: ['packages/testkit/dist/leak-checks.js'],
  },
});
