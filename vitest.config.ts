import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import type { TestSpecification } from 'vitest/node';

/** Vitest begins with the largest files; these are small and take longest, and nothing is left to run beside them at the end. */
const long = [
  'hack/differential/differential.test.ts',
  'demo/demo.test.ts',
  'daemon/kills.test.ts',
  'hack/golden.test.ts',
  'daemon/suites.test.ts',
  'daemon/replicas.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) =>
      long.some((name) => moduleId.endsWith(name));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', 'dist/**'],
    globalSetup: 'hack/before-tests.ts',
    // CI counts what passed from this file.
    ...(process.env.REFLUX_TEST_REPORT === undefined
      ? {}
      : { reporters: ['default', 'json'], outputFile: { json: process.env.REFLUX_TEST_REPORT } }),
    // Most files wait for programs and servers: a core has time for more than one.
    maxWorkers: availableParallelism() + 1,
    // Modules keep nothing for later, so that the files of a worker can share them.
    isolate: false,
    sequence: { sequencer: LongestFirst },
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
