/** Metadata of live objects, one list for each kind and namespace whatever number of releases ask. */
import type { KubeReader, ObjectRef } from '../../lib/kube/mod.ts';
import type { KubeObject, ObjectMeta } from '../../lib/objects/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';

export interface LiveMetadata {
  /**
   * Changes whenever the object does, its status aside; `undefined` when it is not among Helm's objects.
   *
   * @throws KubeError
   */
  fingerprint(ref: ObjectRef): Promise<string | undefined>;
  /** Whether an autoscaler decides how many replicas a workload has. @throws KubeError */
  isAutoscaled(ref: ObjectRef): Promise<boolean>;
}

/** Releases that are looked at in one go share what was listed. */
const sharedMs = 5000;
const labelSelector = 'app.kubernetes.io/managed-by=Helm';

export function createLiveMetadata(kube: KubeReader, clock: Clock): LiveMetadata {
  const lists = new Map<string, { at: number; made: Promise<ReadonlyMap<string, string>> }>();
  const shared = (key: string, list: () => Promise<ReadonlyMap<string, string>>) => {
    const now = clock.now().getTime();
    for (const [old, { at }] of lists) if (now - at > sharedMs) lists.delete(old);
    const known = lists.get(key);
    if (known !== undefined) return known.made;
    const made = list();
    lists.set(key, { at: now, made });
    made.catch(() => lists.delete(key));
    return made;
  };
  return {
    fingerprint: async ({ apiVersion, kind, namespace, name }) => {
      const of = { apiVersion, kind, namespace };
      const found = await shared(JSON.stringify(of), async () => {
        const { items } = await kube.listMetadata(of, { labelSelector });
        return new Map(items.map(({ metadata }) => [metadata.name ?? '', fingerprintOf(metadata)]));
      });
      return found.get(name);
    },
    isAutoscaled: async ({ kind, namespace, name }) => {
      const of = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', namespace };
      const targets = await shared(`scaled ${namespace ?? ''}`, async () => {
        const { items } = await kube.list(of);
        return new Map(items.map((item) => [targetOf(item), '']));
      });
      return targets.has(`${kind}/${name}`);
    },
  };
}

/** Kinds without a generation change with each write, which is rare for them. */
function fingerprintOf(metadata: ObjectMeta): string {
  const { uid, generation, resourceVersion, labels, annotations } = metadata;
  if (generation === undefined) return `${uid ?? ''} ${resourceVersion ?? ''}`;
  const { 'deployment.kubernetes.io/revision': _revision, ...rest } = annotations ?? {};
  return JSON.stringify([uid, generation, labels, rest]);
}

function targetOf({ spec }: KubeObject): string {
  const target =
    typeof spec === 'object' && spec !== null && 'scaleTargetRef' in spec
      ? (spec.scaleTargetRef as { kind?: unknown; name?: unknown })
      : {};
  return `${String(target.kind)}/${String(target.name)}`;
}
