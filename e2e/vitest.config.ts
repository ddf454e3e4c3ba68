import path from 'node:path';
import { defineConfig } from 'vitest/config';

/** What needs a real control plane; e2e/main.ts starts some and says where they are. */
export default defineConfig({
  test: {
    include: [
      'e2e/**/*.e2e.ts',
      'sandbox/conformance/*.test.ts',
      'daemon/suites.test.ts',
      'helm-operator/{suites,tenants,migrate,kill}.test.ts',
    ],
    // Real servers on few cores have bad moments; vitest says what needed its second chance.
    retry: 1,
    testTimeout: 300_000,
    hookTimeout: 60_000,
    globalSetup: 'hack/before-tests.ts',
    // Modules keep nothing for later, so that the files of a worker can share them.
    isolate: false,
    setupFiles: ['e2e/own-plane.ts'],
    maxWorkers: (process.env.REFLUX_E2E_KUBECONFIGS ?? '').split(path.delimiter).length,
  },
});
