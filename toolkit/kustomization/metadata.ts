/** Labels and annotations that say how an object is to be treated, and those that say whose it is. Pure. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { KustomizationSpec } from './spec.ts';

export const kustomizeGroup = 'kustomize.toolkit.fluxcd.io';

type Marks = Readonly<Record<string, string>>;

export const mark = {
  excluded: { [`${kustomizeGroup}/reconcile`]: 'disabled', [`${kustomizeGroup}/ssa`]: 'Ignore' },
  ifNotPresent: { [`${kustomizeGroup}/ssa`]: 'IfNotPresent' },
  forced: { [`${kustomizeGroup}/force`]: 'enabled' },
  merged: { [`${kustomizeGroup}/ssa`]: 'Merge' },
  kept: {
    [`${kustomizeGroup}/prune`]: 'disabled',
    [`${kustomizeGroup}/reconcile`]: 'disabled',
    [`${kustomizeGroup}/ssa`]: 'Ignore',
  },
} as const satisfies Record<string, Marks>;

/** Whether one of the marks is on an object, as a label or an annotation, in whatever case. */
export function isMarked(object: KubeObject | undefined, marks: Marks): boolean {
  const { labels = {}, annotations = {} } = object?.metadata ?? {};
  return Object.entries(marks).some(([key, value]) =>
    [labels[key], annotations[key]].some((each) => each?.toLowerCase() === value.toLowerCase()),
  );
}

export const ownerLabels = (owner: {
  namespace: string;
  name: string;
}): Record<string, string> => ({
  [`${kustomizeGroup}/name`]: owner.name,
  [`${kustomizeGroup}/namespace`]: owner.namespace,
});

export function isOwned(object: KubeObject, owner: { namespace: string; name: string }): boolean {
  const { labels = {} } = object.metadata;
  return Object.entries(ownerLabels(owner)).every(([key, value]) => labels[key] === value);
}

/** An object with whose it is, and what all objects of a Kustomization are to have. */
export function withMetadata(object: KubeObject, spec: KustomizationSpec): KubeObject {
  const { metadata } = object;
  const labels = { ...metadata.labels, ...ownerLabels(spec), ...spec.commonLabels };
  const annotations = { ...metadata.annotations, ...spec.commonAnnotations };
  return {
    ...object,
    metadata: {
      ...metadata,
      labels,
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
  };
}
