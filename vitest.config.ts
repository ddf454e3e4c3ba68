import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', 'dist/**'],
    // CI counts what passed from this file.
    ...(process.env.REFLUX_TEST_REPORT === undefined
      ? {}
      : { reporters: ['default', 'json'], outputFile: { json: process.env.REFLUX_TEST_REPORT } }),
    // Most files wait for programs and servers: a core has time for more than one.
    maxWorkers: availableParallelism() + 1,
    // Modules keep nothing for later, so that the files of a worker can share them.
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    coverage: {
      enabled: process.env.CI !== undefined,
      provider: 'v8',
      reporter: ['text-summary'],
      include: ['{daemon,helm-operator,fluxctl,lib,sandbox,toolkit,unsealer}/**/*.ts'],
    },
  },
});
