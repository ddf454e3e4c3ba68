/** ControllerRevisions of StatefulSets and DaemonSets: the templates they had. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { ControllerContext } from './context.ts';
import { isOwnedBy, nameOf, numberAt, objectAt, ownerReference, labelsAt } from './fields.ts';
import { templateHash } from './names.ts';

export interface Revision {
  /** `name-hash`. */
  name: string;
  hash: string;
}

export const revisionLabel = 'controller-revision-hash';

/** The revision of the present template, recorded when it is new. */
export function currentRevision(owner: KubeObject, { cluster }: ControllerContext): Revision {
  const template = objectAt(owner, 'spec', 'template');
  const hash = templateHash(template);
  const name = `${nameOf(owner)}-${hash}`;
  const { namespace } = owner.metadata;
  const ref = { apiVersion: 'apps/v1', kind: 'ControllerRevision', namespace, name };
  if (cluster.get(ref) === undefined) {
    const known = cluster
      .list('apps/v1', 'ControllerRevision', namespace)
      .filter((each) => isOwnedBy(each, owner));
    cluster.create({
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        labels: { ...labelsAt(template, 'metadata', 'labels'), [revisionLabel]: hash },
        ownerReferences: [ownerReference(owner)],
      },
      data: { spec: { template: { ...structuredClone(template), $patch: 'replace' } } },
      revision: Math.max(0, ...known.map((each) => numberAt(each, 'revision') ?? 0)) + 1,
    });
  }
  return { name, hash };
}
