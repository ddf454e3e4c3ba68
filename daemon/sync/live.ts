/** What the cluster holds, metadata only: one list for each kind. */
import { KubeError } from '../../lib/kube/mod.ts';
import type { KubeClient, ResourceType } from '../../lib/kube/mod.ts';
import {
  clusterScope,
  formatApiVersion,
  formatResourceId,
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

/**
 * Lists the kinds of the set, and with `everywhere` every other kind's marked objects.
 *
 * A kind that cannot be listed is left out and said so: its objects are applied, none is pruned. Kinds that the service
 * account may not list, which with few rights are most, share one line.
 */
export async function listLive(
  kinds: readonly { apiVersion: string; kind: string }[],
  everywhere: boolean,
  { kube, log, exclude, allowedNamespaces, signal }: LiveOptions,
): Promise<Map<string, KubeObject>> {
  const found = new Map<string, KubeObject>();
  const forbidden: string[] = [];
  const wanted = new Map<string, Listing>();
  const want = (type: ResourceType, listing: Omit<Listing, 'namespace'>) => {
    const homes = type.namespaced && allowedNamespaces.length > 0 ? allowedNamespaces : [undefined];
    for (const namespace of homes)
      wanted.set(`${type.group}/${type.kind}/${namespace ?? ''}`, { ...listing, namespace });
  };
  if (everywhere) {
    const excluded = exclude.map(globMatcher);
    for (const type of await kube.resourceTypes()) {
      const apiVersion = formatApiVersion(type.group, type.version);
      if (!listable(type)) continue;
      if (excluded.some((out) => out(`${apiVersion}/`) || out(`${apiVersion}/${type.kind}`)))
        continue;
      want(type, { apiVersion, kind: type.kind, marked: true });
    }
  }
  for (const { apiVersion, kind } of kinds) {
    const type = await kube.resourceType({ apiVersion, kind });
    if (type !== undefined) want(type, { apiVersion, kind, marked: false });
  }
  await inParallel(
    [...wanted.values()],
    atOnce,
    async ({ apiVersion, kind, namespace: of, marked }) => {
      try {
        const list = await kube.listMetadata(
          { apiVersion, kind, namespace: of },
          { signal, ...(marked ? { labelSelector: markLabel } : {}) },
        );
        for (const item of list.items) {
          if ((item.metadata.ownerReferences ?? []).length > 0) continue;
          const { namespace = clusterScope, name = '' } = item.metadata;
          const id = formatResourceId(resourceId(namespace, kind, name));
          found.set(id, { apiVersion, kind, metadata: item.metadata });
        }
      } catch (thrown) {
        signal.throwIfAborted();
        if (marked && thrown instanceof KubeError && thrown.reason === 'Forbidden') {
          forbidden.push(`${apiVersion}/${kind}`);
          return;
        }
        log.log({
          warning: 'cannot list resources',
          kind: `${apiVersion}/${kind}`,
          err: messageOf(thrown),
        });
      }
    },
  );
  if (forbidden.length > 0)
    log.log({
      info: 'not allowed to list some kinds; no object of theirs is pruned',
      kinds: [...new Set(forbidden)].sort().join(','),
    });
  return found;
}

interface Listing {
  apiVersion: string;
  kind: string;
  namespace: string | undefined;
  /** Only objects with a mark. */
  marked: boolean;
}

const listable = (type: ResourceType) =>
  type.verbs.includes('list') &&
  type.verbs.includes('delete') &&
  !['ComponentStatus', 'Endpoints', 'Event'].includes(type.kind);
