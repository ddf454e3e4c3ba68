/** What the cluster holds, metadata only: one list for each kind. */
import { KubeError } from '../../lib/kube/mod.ts';
import type { KubeClient, ResourceType } from '../../lib/kube/mod.ts';
import {
  clusterScope,
  formatApiVersion,
  formatResourceId,
  parseApiVersion,
  resourceId,
} from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { globMatcher } from '../../lib/policy/mod.ts';
import { inParallel, messageOf } from '../../lib/runtime/mod.ts';
import type { Logger } from '../../lib/runtime/mod.ts';
import { markLabel } from '../../lib/wire/mod.ts';

const atOnce = 16;

export interface LiveOptions {
  kube: Pick<KubeClient, 'resourceTypes' | 'resourceType' | 'listMetadata'>;
  log: Logger;
  /** Globs over `group/version/Kind`. */
  exclude: readonly string[];
  /** Nothing outside of these is looked at; empty means everywhere. */
  allowedNamespaces: readonly string[];
  signal: AbortSignal;
}

/** Objects of the cluster by ID. IDs have no group, so that kinds of one name in several groups share them. */
export type Live = ReadonlyMap<string, readonly KubeObject[]>;

/** What an object of the set is in the cluster. */
export function liveOf(live: Live, id: string, { apiVersion }: KubeObject): KubeObject | undefined {
  const { group } = parseApiVersion(apiVersion);
  return live.get(id)?.find((each) => parseApiVersion(each.apiVersion).group === group);
}

/**
 * The marked objects of every kind: after the first sync, all that it has applied.
 *
 * A kind that cannot be listed is left out and said so: its objects are applied, none is pruned. Kinds that the service
 * account may not list, which with few rights are most, share one line.
 */
export async function listMarked(options: LiveOptions): Promise<Live> {
  const { kube, log } = options;
  const excluded = options.exclude.map(globMatcher);
  const types = (await kube.resourceTypes()).filter((type) => {
    const apiVersion = formatApiVersion(type.group, type.version);
    return (
      listable(type) &&
      !excluded.some((out) => out(`${apiVersion}/`) || out(`${apiVersion}/${type.kind}`))
    );
  });
  const forbidden = new Set<string>();
  const found = await listTypes(types, markLabel, options, (kind, thrown) => {
    if (thrown instanceof KubeError && thrown.reason === 'Forbidden') forbidden.add(kind);
    else tell(log, kind, thrown);
  });
  if (forbidden.size > 0)
    log.log({
      info: 'not allowed to list some kinds; no object of theirs is pruned',
      kinds: [...forbidden].sort().join(','),
    });
  return found;
}

/** With the objects of the set that have no mark yet; their kinds are listed whole, and none where nothing is missing. */
export async function withUnmarked(
  marked: Live,
  set: Iterable<{ id: string; object: KubeObject }>,
  options: LiveOptions,
): Promise<Live> {
  const types = new Map<string, ResourceType>();
  for (const { id, object } of set) {
    if (liveOf(marked, id, object) !== undefined) continue;
    const type = await options.kube.resourceType(object);
    if (type !== undefined) types.set(`${type.group}/${type.kind}`, type);
  }
  if (types.size === 0) return marked;
  const found = await listTypes(types.values(), undefined, options, (kind, thrown) => {
    tell(options.log, kind, thrown);
  });
  const all = new Map(marked);
  for (const [id, objects] of found) {
    const isListed = (each: KubeObject) =>
      objects.some(({ apiVersion }) => apiVersion === each.apiVersion);
    all.set(id, [...(marked.get(id) ?? []).filter((each) => !isListed(each)), ...objects]);
  }
  return all;
}

async function listTypes(
  types: Iterable<ResourceType>,
  labelSelector: string | undefined,
  { kube, allowedNamespaces, signal }: LiveOptions,
  failed: (kind: string, thrown: unknown) => void,
): Promise<Map<string, KubeObject[]>> {
  const found = new Map<string, KubeObject[]>();
  const collections = [...types].flatMap(({ group, version, kind, namespaced }) => {
    const of = { apiVersion: formatApiVersion(group, version), kind };
    return namespaced && allowedNamespaces.length > 0
      ? allowedNamespaces.map((namespace) => ({ ...of, namespace }))
      : [of];
  });
  await inParallel(collections, atOnce, async (of) => {
    const { apiVersion, kind } = of;
    try {
      const { items } = await kube.listMetadata(of, {
        signal,
        ...(labelSelector === undefined ? {} : { labelSelector }),
      });
      for (const { metadata } of items) {
        if ((metadata.ownerReferences ?? []).length > 0) continue;
        const { namespace = clusterScope, name = '' } = metadata;
        const id = formatResourceId(resourceId(namespace, kind, name));
        found.set(id, [...(found.get(id) ?? []), { apiVersion, kind, metadata }]);
      }
    } catch (thrown) {
      signal.throwIfAborted();
      failed(`${apiVersion}/${kind}`, thrown);
    }
  });
  return found;
}

function tell(log: Logger, kind: string, thrown: unknown): void {
  log.log({ warning: 'cannot list resources', kind, err: messageOf(thrown) });
}

const listable = (type: ResourceType) =>
  type.verbs.includes('list') &&
  type.verbs.includes('delete') &&
  !['ComponentStatus', 'Endpoints', 'Event'].includes(type.kind);
