/** Lists and watches. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { form, sendJson } from './answers.ts';
import type { Call } from './call.ts';
import { apiVersionOf } from './kinds.ts';
import type { Kind } from './kinds.ts';
import type { Lister } from './list.ts';
import { partialMetadata, tableOf } from './tables.ts';
import { startWatch } from './watch.ts';

export const isWatch = (query: URLSearchParams) => ['true', '1'].includes(query.get('watch') ?? '');

export function read(lister: Lister, call: Call): void {
  const { kind, namespace, name } = call.target;
  const { query, response } = call;
  const wish = form(call.accept);
  const include = query.get('includeObject') ?? undefined;
  const tableOptions = include === undefined ? {} : { includeObject: include };
  if (isWatch(query)) {
    response.writeHead(200, {
      'content-type': 'application/json',
      'cache-control': 'no-cache, private',
    });
    response.flushHeaders();
    let first = true;
    const stop = startWatch(call.api.store, {
      kind,
      namespace,
      name,
      query,
      encode: (object) => {
        if (wish === 'metadata') return partialMetadata(object);
        if (wish !== 'table') return object;
        const table = tableOf(kind, [object], call.now(), {
          ...tableOptions,
          metadata: { resourceVersion: object.metadata.resourceVersion },
          withColumns: first,
        });
        first = false;
        return table;
      },
      write: (line) => response.write(line),
      end: () => response.end(),
    });
    response.on('close', stop);
    return;
  }
  const { items, metadata } = lister.list(kind, namespace, query);
  if (wish === 'table') {
    sendJson(response, 200, tableOf(kind, items, call.now(), { ...tableOptions, metadata }));
  } else if (wish === 'metadata') {
    sendJson(response, 200, {
      kind: 'PartialObjectMetadataList',
      apiVersion: 'meta.k8s.io/v1',
      metadata,
      items: items.map(partialMetadata),
    });
  } else
    sendJson(response, 200, {
      kind: `${kind.kind}List`,
      apiVersion: apiVersionOf(kind),
      metadata,
      items: itemsOf(kind, items),
    });
}

/** A list of built-in objects names their kind once, for all of them. */
export const itemsOf = (kind: Kind, items: readonly KubeObject[]) =>
  kind.custom === undefined
    ? items.map(({ apiVersion: _apiVersion, kind: _kind, ...rest }) => rest)
    : items;
