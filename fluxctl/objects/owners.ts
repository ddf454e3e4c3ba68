/** Whose an object is: by labels and annotations of its own, or of those that own it. */
import type { KubeClient } from '../../lib/kube/mod.ts';
import { parseResourceId } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { checksumAnnotation, markLabel } from '../../lib/wire/mod.ts';
import { fluxId } from './fluxds.ts';
import { groups } from './kind.ts';
import { annotationOf } from './read.ts';

export type Owner =
  | { by: 'kustomization' | 'helmrelease'; namespace: string; name: string }
  /** The Helm Operator's. */
  | { by: 'operator'; namespace: string; name: string }
  /** `mark` is '' where only the checksum is left. */
  | { by: 'fluxd'; mark: string; id: string };

const antecedent = 'helm.fluxcd.io/antecedent';

/** What an object itself says. In this order: what the newer generation says goes before what the older one has left. */
export function ownersOf(object: KubeObject): Owner[] {
  const { labels = {}, namespace = '' } = object.metadata;
  const named = (by: 'kustomization' | 'helmrelease', group: string): Owner[] => {
    const name = labels[`${group}/name`] ?? '';
    return name === '' ? [] : [{ by, name, namespace: labels[`${group}/namespace`] ?? namespace }];
  };
  const mark = labels[markLabel] ?? '';
  const isSynced = mark !== '' || annotationOf(object, checksumAnnotation) !== '';
  return [
    ...named('kustomization', groups.kustomize),
    ...named('helmrelease', groups.helm),
    ...operatorOf(annotationOf(object, antecedent)),
    ...(isSynced ? [{ by: 'fluxd' as const, mark, id: fluxId(object) }] : []),
  ];
}

/** `namespace:helmrelease/name` */
function operatorOf(text: string): Owner[] {
  if (!/^[^:]+:helmrelease\/.+$/.test(text)) return [];
  const { namespace, name } = parseResourceId(text);
  return [{ by: 'operator', namespace, name }];
}

/** Owners in turn: Pods belong to ReplicaSets, and those to Deployments. */
const deepest = 8;

/** @returns `undefined` when nobody says that it is theirs */
export async function findOwner(kube: KubeClient, object: KubeObject): Promise<Owner | undefined> {
  const line = await withOwners(kube, object, deepest);
  const said = line.flatMap(ownersOf);
  const order: Owner['by'][] = ['kustomization', 'helmrelease', 'operator', 'fluxd'];
  return order.map((by) => said.find((each) => each.by === by)).find((each) => each !== undefined);
}

async function withOwners(
  kube: KubeClient,
  object: KubeObject,
  left: number,
): Promise<KubeObject[]> {
  const { namespace, ownerReferences = [] } = object.metadata;
  const found = [object];
  if (left === 0) return found;
  for (const { apiVersion, kind, name } of ownerReferences) {
    const owner = await kube.get({ apiVersion, kind, name, namespace });
    if (owner !== undefined) found.push(...(await withOwners(kube, owner, left - 1)));
  }
  return found;
}
