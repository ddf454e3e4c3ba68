import { expect, test } from 'vitest';
import type { KubeClient } from '../../lib/kube/mod.ts';
import { waitUntilHealthy } from './wait.ts';

const stalled = {
  apiVersion: 'example.com/v1',
  kind: 'Thing',
  metadata: { name: 'a', namespace: 'b' },
  status: { conditions: [{ type: 'Stalled', status: 'True', reason: 'R' }] },
};

/** A clock whose sleeps take no time, and a cluster with one object. */
function wait(failFast: boolean) {
  let now = 0;
  // Only single objects are asked for.
  const kube = { get: () => Promise.resolve(stalled) } as unknown as KubeClient;
  const done = waitUntilHealthy(
    [{ id: { group: 'example.com', kind: 'Thing', namespace: 'b', name: 'a' }, version: 'v1' }],
    {
      kube,
      clock: {
        now: () => new Date(now),
        sleep: (ms) => {
          now += ms;
          return Promise.resolve();
        },
      },
      signal: new AbortController().signal,
      timeoutMs: 5000,
      expressions: [],
      failFast,
      failure: (message) => new Error(message),
    },
  );
  return { done, passed: () => now };
}

test.each([
  [true, 'failed early due to stalled resources: [Thing/b/a', 0],
  [false, 'timeout waiting for: [Thing/b/a', 5000],
])('without hope, fail fast %s', async (failFast, message, ms) => {
  const { done, passed } = wait(failFast);
  await expect(done).rejects.toThrow(message);
  expect(passed()).toBe(ms);
});
