/** A cluster in a map, for the tests of controllers: versions, defaults and changes, no admission. */
import { randomUUID } from 'node:crypto';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { applyDefaults } from '../apiserver/schema/defaults.ts';
import type { Change, Cluster, Ref } from './cluster.ts';
import { sameJson, timeText } from './fields.ts';

export function memoryCluster(now: () => Date): Cluster {
  const objects = new Map<string, KubeObject>();
  const listeners = new Set<(change: Change) => void>();
  let version = 0;
  const keyOf = (ref: Ref) => `${ref.apiVersion} ${ref.kind} ${ref.namespace ?? ''} ${ref.name}`;
  const refOf = (object: KubeObject): Ref => ({
    apiVersion: object.apiVersion,
    kind: object.kind,
    namespace: object.metadata.namespace,
    name: object.metadata.name ?? '',
  });
  const tell = (type: Change['type'], object: KubeObject) => {
    for (const listener of listeners) listener({ type, object });
  };
  const store = (object: KubeObject): void => {
    const key = keyOf(refOf(object));
    const known = objects.get(key);
    if (known === undefined) throw new Error(`${key} not found`);
    const generation = known.metadata.generation ?? 1;
    const moved = sameJson(known['spec'], object['spec']) ? generation : generation + 1;
    const metadata = { ...object.metadata, generation: moved, resourceVersion: String(++version) };
    const stored = structuredClone({ ...object, metadata });
    applyDefaults(stored);
    objects.set(key, stored);
    tell('MODIFIED', stored);
  };
  return {
    get: (ref) => objects.get(keyOf(ref)),
    list: (apiVersion, kind, namespace) =>
      [...objects.values()].filter(
        (each) =>
          each.apiVersion === apiVersion &&
          each.kind === kind &&
          (namespace === undefined || each.metadata.namespace === namespace),
      ),
    create: (object) => {
      const key = keyOf(refOf(object));
      if (objects.has(key)) throw new Error(`${key} already exists`);
      const created: KubeObject = structuredClone(object);
      created.metadata.uid = randomUUID();
      created.metadata.generation = 1;
      created.metadata.resourceVersion = String(++version);
      created.metadata.creationTimestamp = timeText(now());
      applyDefaults(created);
      objects.set(key, created);
      tell('ADDED', created);
      return created;
    },
    update: (object) => {
      const status = objects.get(keyOf(refOf(object)))?.['status'];
      store({ ...object, ...(status === undefined ? {} : { status }) });
    },
    updateStatus: (object) => {
      const known = objects.get(keyOf(refOf(object)));
      store({ ...(known ?? object), status: object['status'] });
    },
    remove: (ref) => {
      const known = objects.get(keyOf(ref));
      if (known === undefined) return;
      objects.delete(keyOf(ref));
      tell('DELETED', known);
      for (const each of [...objects.values()]) {
        if (
          each.metadata.ownerReferences?.some((owner) => owner.uid === known.metadata.uid) === true
        ) {
          objects.delete(keyOf(refOf(each)));
          tell('DELETED', each);
        }
      }
    },
    watch: (listener) => {
      listeners.add(listener);
      for (const object of objects.values()) listener({ type: 'ADDED', object });
      return () => listeners.delete(listener);
    },
  };
}
