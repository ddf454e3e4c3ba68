/** Lists: selection, pages over one snapshot. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { badRequest, expired } from './api-error.ts';
import { apiVersionOf, storageKey } from './kinds.ts';
import type { Kind } from './kinds.ts';
import { fieldSelector, labelSelector } from './selectors.ts';
import type { Selector } from './selectors.ts';
import type { Store } from './store.ts';

export interface Page {
  items: KubeObject[];
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
}

export interface Lister {
  list(kind: Kind, namespace: string | undefined, query: URLSearchParams): Page;
}

const longestSnapshots = 64;

export function createLister(store: Store): Lister {
  /** Rests of lists that were cut, by token; the oldest are forgotten. */
  const snapshots = new Map<string, { items: KubeObject[]; version: string; selected: boolean }>();
  let tokens = 0;
  const page = (items: KubeObject[], version: string, limit: number, selected: boolean): Page => {
    if (limit === 0 || items.length <= limit)
      return { items, metadata: { resourceVersion: version } };
    tokens += 1;
    const token = Buffer.from(
      JSON.stringify({ v: 'meta.k8s.io/v1', rv: Number(version), start: tokens }),
    ).toString('base64url');
    snapshots.set(token, { items: items.slice(limit), version, selected });
    for (const old of snapshots.keys()) {
      if (snapshots.size <= longestSnapshots) break;
      snapshots.delete(old);
    }
    return {
      items: items.slice(0, limit),
      metadata: {
        resourceVersion: version,
        continue: token,
        // The real server would have to look at each object to know.
        ...(selected ? {} : { remainingItemCount: items.length - limit }),
      },
    };
  };
  return {
    list: (kind, namespace, query) => {
      const limit = Number(query.get('limit') ?? '0');
      if (!Number.isInteger(limit) || limit < 0)
        throw badRequest(`invalid limit: ${query.get('limit')}`);
      const token = query.get('continue') ?? '';
      if (token !== '') {
        const rest = snapshots.get(token);
        if (rest !== undefined) return page(rest.items, rest.version, limit, rest.selected);
        if (!isToken(token)) throw badRequest('invalid continue token: continue key is not valid');
        throw expired(token, store.oldest());
      }
      const selects = selectorOf(kind, query);
      const items = store
        .list(storageKey(kind), namespace)
        .filter(selects)
        .map((object) => inVersion(kind, object));
      const selected = query.has('labelSelector') || query.has('fieldSelector');
      return page(items, String(store.version()), limit, selected);
    },
  };
}

/** Whether we may have given it out once. */
function isToken(token: string): boolean {
  return /^\{"v":"meta\.k8s\.io\/v1",/.test(Buffer.from(token, 'base64url').toString());
}

/** Both selectors of a query. @throws ApiError 400 */
export function selectorOf(kind: Kind, query: URLSearchParams): Selector {
  const labels = query.get('labelSelector') ?? '';
  const fields = query.get('fieldSelector') ?? '';
  const byLabel = labels === '' ? undefined : labelSelector(labels);
  const byField = fields === '' ? undefined : fieldSelector(fields, kind.resource);
  return (object) => (byLabel?.(object) ?? true) && (byField?.(object) ?? true);
}

/** The same object under the version that was asked for. */
export function inVersion(kind: Kind, object: KubeObject): KubeObject {
  const apiVersion = apiVersionOf(kind);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}
