import { expect, test } from 'vitest';
import { KubeError } from '../../lib/kube/mod.ts';
import type { KubeClient, ResourceType } from '../../lib/kube/mod.ts';
import { memoryLogger } from '../../lib/runtime/mod.ts';
import { listMarked, withUnmarked } from './live.ts';

const typeOf = (kind: string): ResourceType => ({
  group: '',
  version: 'v1',
  kind,
  resource: `${kind.toLowerCase()}s`,
  namespaced: true,
  verbs: ['list', 'delete'],
});
const types = ['Secret', 'ConfigMap', 'Service', 'Pod'].map(typeOf);
const settings = { name: 'settings', namespace: 'shop' };

/** A cluster whose ConfigMaps are one marked and one not. */
function cluster(failures: Readonly<Record<string, KubeError>>) {
  const asked: string[] = [];
  const log = memoryLogger();
  const listMetadata: KubeClient['listMetadata'] = (
    { kind, apiVersion },
    { labelSelector } = {},
  ) => {
    asked.push(labelSelector === undefined ? kind : `${kind} ${labelSelector}`);
    const failure = failures[kind];
    if (failure !== undefined) return Promise.reject(failure);
    const names =
      kind !== 'ConfigMap' ? [] : labelSelector === undefined ? ['settings', 'old'] : ['settings'];
    const items = names.map((name) => ({ apiVersion, kind, metadata: { ...settings, name } }));
    return Promise.resolve({ items, resourceVersion: '1' });
  };
  const options = {
    kube: {
      resourceTypes: () => Promise.resolve(types),
      resourceType: ({ kind }: { kind: string }) =>
        Promise.resolve(types.find((type) => type.kind === kind)),
      listMetadata,
    },
    log,
    exclude: [],
    allowedNamespaces: [],
    signal: new AbortController().signal,
  };
  return { asked, log, options };
}

test('kinds that may not be listed share one line; another failure has its own', async () => {
  const { log, options } = cluster({
    Secret: new KubeError('Forbidden', 'secrets', 'secrets is forbidden'),
    Pod: new KubeError('Forbidden', 'pods', 'pods is forbidden'),
    Service: new KubeError('ServerError', 'services', 'etcd is away'),
  });
  expect([...(await listMarked(options)).keys()]).toEqual(['shop:configmap/settings']);
  expect(log.records).toEqual([
    { warning: 'cannot list resources', kind: 'v1/Service', err: 'etcd is away' },
    {
      info: 'not allowed to list some kinds; no object of theirs is pruned',
      kinds: 'v1/Pod,v1/Secret',
    },
  ]);
});

test('only kinds of which something has no mark are listed whole', async () => {
  const { asked, options } = cluster({});
  const object = (kind: string, name: string) => ({
    id: `shop:${kind.toLowerCase()}/${name}`,
    object: { apiVersion: 'v1', kind, metadata: { ...settings, name } },
  });
  const marked = await listMarked(options);
  asked.length = 0;
  expect(await withUnmarked(marked, [object('ConfigMap', 'settings')], options)).toBe(marked);
  expect(asked).toEqual([]);
  const set = [
    object('ConfigMap', 'settings'),
    object('ConfigMap', 'old'),
    object('Service', 'web'),
  ];
  const live = await withUnmarked(marked, set, options);
  expect([...live.keys()]).toEqual(['shop:configmap/settings', 'shop:configmap/old']);
  expect(asked).toEqual(['ConfigMap', 'Service']);
});
