/** Objects by group, kind and name. Pure. */
import type { ObjectRef } from '../../lib/kube/mod.ts';
import { formatApiVersion, parseApiVersion } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';

/** An object without its version. */
export interface ObjectId {
  group: string;
  kind: string;
  /** '' for none. */
  namespace: string;
  name: string;
}

export const idOf = ({ apiVersion, kind, metadata }: KubeObject): ObjectId => ({
  group: parseApiVersion(apiVersion).group,
  kind,
  namespace: metadata.namespace ?? '',
  name: metadata.name ?? '',
});

/** `Kind/namespace/name` */
export const shownId = ({ kind, namespace, name }: ObjectId): string =>
  [kind, namespace, name].filter((part) => part !== '').join('/');

export const refOf = (id: ObjectId, version: string): ObjectRef => ({
  apiVersion: formatApiVersion(id.group, version),
  kind: id.kind,
  ...(id.namespace === '' ? {} : { namespace: id.namespace }),
  name: id.name,
});
