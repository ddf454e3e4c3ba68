import { defineConfig } from 'vitest/config';

/** What needs a real control plane; e2e/main.ts starts one and says where it is. */
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
    // One control plane on few cores: files one after the other.
    fileParallelism: false,
  },
});
