/** Single steps of a hand-over: each is one write, or waits for one answer. */
import { createHelmEngine } from '../../lib/helm/action/mod.ts';
import { waitForObject } from '../../lib/kube/mod.ts';
import type { KubeClient, ObjectRef } from '../../lib/kube/mod.ts';
import type { HelmRelease, KubeObject, StoredRelease } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { conditionOf as readCondition } from '../objects/read.ts';
import type { ReadCondition } from '../objects/read.ts';
import { MigrateError } from './errors.ts';

export interface Cluster {
  kube: KubeClient;
  clock: Clock;
  /** For each answer, in milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal;
}

export const fieldManager = 'fluxctl-migrate';

export const refOf = ({ apiVersion, kind, metadata }: KubeObject): ObjectRef => ({
  apiVersion,
  kind,
  namespace: metadata.namespace,
  name: metadata.name ?? '',
});

/** Waits until an object is as wanted. @returns `undefined` when the time is over */
export async function until(
  { kube, clock, timeoutMs, signal }: Cluster,
  ref: ObjectRef,
  accept: (object: KubeObject) => boolean,
): Promise<KubeObject | undefined> {
  let found: KubeObject | undefined;
  const isAsWanted = await waitForObject(
    kube,
    ref,
    (object) => {
      found = object;
      return object !== undefined && accept(object);
    },
    { clock, timeoutMs, ...(signal === undefined ? {} : { signal }) },
  );
  return isAsWanted ? found : undefined;
}

/** A condition as text; '' for what it, or the object, does not say. */
export function conditionOf(
  object: KubeObject | undefined,
  type: string,
): Pick<ReadCondition, 'status' | 'reason' | 'message'> {
  const found = object === undefined ? undefined : readCondition(object, type);
  return found ?? { status: '', reason: '', message: '' };
}

export const isCurrent = (object: KubeObject): boolean =>
  isRecord(object['status']) &&
  Number(object['status']['observedGeneration'] ?? 0) >= (object.metadata.generation ?? 0);

/** Sets annotations; `null` takes one away. */
export async function annotate(
  { kube }: Cluster,
  object: KubeObject,
  annotations: Readonly<Record<string, string | null>>,
  spec?: Readonly<Record<string, unknown>>,
): Promise<void> {
  // The uid keeps a namesake, made since, out of it.
  const { uid } = object.metadata;
  await kube.patch(
    refOf(object),
    'merge',
    { metadata: { uid, annotations }, ...(spec === undefined ? {} : { spec }) },
    { fieldManager },
  );
}

/** Number of the newest revision, which has to be deployed. @throws MigrateError `NotReady` */
export async function deployedRevision(
  { kube, clock }: Cluster,
  { namespace, name }: StoredRelease,
): Promise<number> {
  const engine = createHelmEngine({ kube, clock, log: () => undefined });
  const release = await engine.latest({ releaseName: name, namespace });
  if (release?.info.status === 'deployed') return release.version;
  throw new MigrateError(
    'NotReady',
    name,
    `release '${name}' in '${namespace}' is ${release?.info.status ?? 'not there'}, not deployed`,
  );
}

export const v1Ref = ({ metadata }: Pick<HelmRelease, 'metadata'>): ObjectRef => ({
  apiVersion: 'helm.fluxcd.io/v1',
  kind: 'HelmRelease',
  namespace: metadata.namespace,
  name: metadata.name,
});
