/** What every cluster and every namespace has from the start. */
import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import type { Store } from './store.ts';
import { timeText } from './write-object.ts';

const first = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** Makes the first namespaces, and gives each new one its default service account and the cluster's CA. */
export function followNamespaces(store: Store, clock: Clock, ca: string): void {
  const metadata = (name: string, namespace?: string) => ({
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: randomUUID(),
    creationTimestamp: timeText(clock.now()),
  });
  const furnish = (namespace: KubeObject) => {
    const name = namespace.metadata.name ?? '';
    if (namespace.metadata.deletionTimestamp !== undefined) return;
    if (store.get('/serviceaccounts', name, 'default') === undefined) {
      store.put('/serviceaccounts', {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: metadata('default', name),
      });
    }
    if (store.get('/configmaps', name, 'kube-root-ca.crt') === undefined) {
      store.put('/configmaps', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: metadata('kube-root-ca.crt', name),
        data: { 'ca.crt': ca },
      });
    }
  };
  store.subscribe(({ key, type, object }) => {
    if (key === '/namespaces' && type === 'ADDED') furnish(object);
  });
  for (const name of first) {
    if (store.get('/namespaces', undefined, name) !== undefined) continue;
    store.put('/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { ...metadata(name), labels: { 'kubernetes.io/metadata.name': name } },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
  }
}
