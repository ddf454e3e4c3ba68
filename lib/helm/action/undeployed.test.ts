import { expect, test } from 'vitest';
import type { ReleaseObject } from './objects.ts';
import { threeWayPatch } from './strategic-patch.ts';
import { withUndeployed } from './undeployed.ts';

function deployment(name: string, container: Record<string, unknown>): ReleaseObject {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { template: { spec: { containers: [{ name: 'app', ...container }] } } },
  };
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'dev', name };
  return { object, ref, kind: 'Deployment', name, namespace: 'dev' };
}

test('withUndeployed() takes away what only the failed revision had', () => {
  const good = deployment('app', { image: 'app:1' });
  const bad = deployment('app', { image: 'app:2', readinessProbe: { exec: { command: ['no'] } } });
  const extra = deployment('extra', { image: 'extra:1' });
  const before = withUndeployed([good], [bad, extra]);
  expect(before.map(({ name }) => name)).toEqual(['app', 'extra']);
  const [start] = before;
  // The failed revision is live; the next one is like the good one.
  expect(threeWayPatch(start?.object ?? good.object, good.object, bad.object)?.patch).toEqual({
    spec: {
      template: {
        spec: {
          '$setElementOrder/containers': [{ name: 'app' }],
          containers: [{ name: 'app', image: 'app:1', readinessProbe: null }],
        },
      },
    },
  });
});
