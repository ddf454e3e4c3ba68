/** Labels and annotations by which the daemon knows its own objects (spec flux-v1 §3.5, §3.7). */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { checksumAnnotation, markLabel } from '../../lib/wire/mod.ts';

/** The object to apply; values that the manifest gives itself are kept. */
export function marked(object: KubeObject, mark: string, checksum: string): KubeObject {
  const { metadata } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { [markLabel]: mark, ...metadata.labels },
      annotations: { [checksumAnnotation]: checksum, ...metadata.annotations },
    },
  };
}

/** `ignore` under either prefix. */
export function ignoreOf(annotations: Readonly<Record<string, string>> | undefined): string {
  return annotations?.['fluxcd.io/ignore'] ?? annotations?.['flux.weave.works/ignore'] ?? '';
}

const ranks: readonly (readonly string[])[] = [
  ['namespace'],
  [
    'customresourcedefinition',
    'serviceaccount',
    'clusterrole',
    'role',
    'persistentvolume',
    'service',
  ],
  [
    'resourcequota',
    'limitrange',
    'secret',
    'configmap',
    'rolebinding',
    'clusterrolebinding',
    'persistentvolumeclaim',
    'ingress',
  ],
  [
    'daemonset',
    'deployment',
    'replicationcontroller',
    'replicaset',
    'job',
    'cronjob',
    'statefulset',
  ],
];

/** Objects of a lower rank are applied first and deleted last. */
export function rankOf(kind: string): number {
  const rank = ranks.findIndex((kinds) => kinds.includes(kind.toLowerCase()));
  return rank < 0 ? ranks.length : rank;
}
