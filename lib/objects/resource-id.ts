/** Flux's names for objects: `<namespace>:<kind>/<name>` (spec flux-v1 §0). */
import { Fault } from '../runtime/mod.ts';

/** The namespace that stands for "none" in the ID of a cluster-scoped object. */
export const clusterScope = '<cluster>';

export interface ResourceId {
  /** `<cluster>` for cluster-scoped objects. */
  readonly namespace: string;
  /** Lower case. */
  readonly kind: string;
  readonly name: string;
  /** Written `namespace/name`, as very old clients do; prints as it was. */
  readonly legacy?: true;
}

const qualified = /^(<cluster>|[a-zA-Z0-9_-]+):([a-zA-Z0-9_-]+)\/([a-zA-Z0-9_.:-]+)$/;
const unqualified = /^([a-zA-Z0-9_-]+)\/([a-zA-Z0-9_.:-]+)$/;

export function resourceId(namespace: string, kind: string, name: string): ResourceId {
  return { namespace, kind: kind.toLowerCase(), name };
}

/** @throws Fault `InvalidResourceId` */
export function parseResourceId(text: string): ResourceId {
  const match = qualified.exec(text);
  if (match !== null) return resourceId(match[1] ?? '', match[2] ?? '', match[3] ?? '');
  const legacy = unqualified.exec(text);
  if (legacy !== null)
    return { namespace: legacy[1] ?? '', kind: 'service', name: legacy[2] ?? '', legacy: true };
  throw invalid(text);
}

/** Parses `kind/name` in the given namespace, or a whole ID. @throws Fault `InvalidResourceId` */
export function parseResourceIdIn(namespace: string, text: string): ResourceId {
  if (qualified.test(text)) return parseResourceId(text);
  const match = unqualified.exec(text);
  if (match !== null) return resourceId(namespace, match[1] ?? '', match[2] ?? '');
  throw invalid(text);
}

export function formatResourceId(id: ResourceId): string {
  return id.legacy === true
    ? `${id.namespace}/${id.name}`
    : `${id.namespace}:${id.kind}/${id.name}`;
}

function invalid(text: string): Fault {
  return new Fault('InvalidResourceId', 'stall', text, `parsing ${text}: invalid service ID`);
}
