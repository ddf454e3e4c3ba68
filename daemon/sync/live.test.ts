import { expect, test } from 'vitest';
import { KubeError } from '../../lib/kube/mod.ts';
import type { ResourceType } from '../../lib/kube/mod.ts';
import { memoryLogger } from '../../lib/runtime/mod.ts';
import { listLive } from './live.ts';

const typeOf = (kind: string): ResourceType => ({
  group: '',
  version: 'v1',
  kind,
  resource: `${kind.toLowerCase()}s`,
  namespaced: true,
  verbs: ['list', 'delete'],
});
const types = ['Secret', 'ConfigMap', 'Service', 'Pod'].map(typeOf);

test('kinds that may not be listed share one line; another failure has its own', async () => {
  const log = memoryLogger();
  const failures: Record<string, KubeError> = {
    Secret: new KubeError('Forbidden', 'secrets', 'secrets is forbidden'),
    Pod: new KubeError('Forbidden', 'pods', 'pods is forbidden'),
    Service: new KubeError('ServerError', 'services', 'etcd is away'),
  };
  const metadata = { name: 'settings', namespace: 'shop' };
  const found = await listLive([], true, {
    kube: {
      resourceTypes: () => Promise.resolve(types),
      resourceType: ({ kind }) => Promise.resolve(types.find((type) => type.kind === kind)),
      listMetadata: ({ kind, apiVersion }) => {
        const failure = failures[kind];
        return failure === undefined
          ? Promise.resolve({ items: [{ apiVersion, kind, metadata }], resourceVersion: '1' })
          : Promise.reject(failure);
      },
    },
    log,
    exclude: [],
    allowedNamespaces: [],
    signal: new AbortController().signal,
  });
  expect([...found.keys()]).toEqual(['shop:configmap/settings']);
  expect(log.records).toEqual([
    { warning: 'cannot list resources', kind: 'v1/Service', err: 'etcd is away' },
    {
      info: 'not allowed to list some kinds; no object of theirs is pruned',
      kinds: 'v1/Pod,v1/Secret',
    },
  ]);
});
