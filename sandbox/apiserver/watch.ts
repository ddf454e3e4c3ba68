/** Watches: what happened since a version, and what happens from now on, one JSON object a line. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { expired } from './api-error.ts';
import { apiVersionOf, storageKey } from './kinds.ts';
import type { Kind } from './kinds.ts';
import { inVersion, selectorOf } from './list.ts';
import type { Store, StoreChange } from './store.ts';

export interface WatchRequest {
  kind: Kind;
  namespace: string | undefined;
  name: string | undefined;
  query: URLSearchParams;
  /** One event's object in the form that was asked for (whole, metadata, Table). */
  encode: (object: KubeObject) => unknown;
  write: (line: string) => void;
  /** Ends the response. */
  end: () => void;
}

const bookmarkEveryMs = 30_000;

/** @returns how to stop, for when the client goes away */
export function startWatch(store: Store, request: WatchRequest): () => void {
  const { kind, namespace, name, query } = request;
  const key = storageKey(kind);
  const selects = selectorOf(kind, query);
  const wanted = (object: KubeObject | undefined): object is KubeObject =>
    object !== undefined &&
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (name === undefined || object.metadata.name === name) &&
    selects(object);
  const send = (type: string, object: unknown) => {
    request.write(`${JSON.stringify({ type, object })}\n`);
  };
  const sendObject = (type: string, object: KubeObject) => {
    send(type, request.encode(inVersion(kind, object)));
  };
  const bookmark = (annotations?: Record<string, string>) => {
    send('BOOKMARK', {
      kind: kind.kind,
      apiVersion: apiVersionOf(kind),
      metadata: {
        resourceVersion: String(store.version()),
        creationTimestamp: null,
        ...(annotations === undefined ? {} : { annotations }),
      },
    });
  };
  const tell = (change: StoreChange) => {
    if (change.key !== key) return;
    const before = wanted(change.before);
    if (change.type === 'DELETED') {
      if (before) sendObject('DELETED', change.object);
      return;
    }
    if (wanted(change.object)) sendObject(before ? 'MODIFIED' : 'ADDED', change.object);
    else if (before) sendObject('DELETED', change.object);
  };

  const version = query.get('resourceVersion') ?? '';
  const initial = query.get('sendInitialEvents') === 'true';
  if (version === '' || version === '0' || initial) {
    for (const object of store.list(key, namespace).filter(wanted)) sendObject('ADDED', object);
    if (initial) bookmark({ 'k8s.io/initial-events-end': 'true' });
  } else {
    const missed = store.since(Number(version));
    if (missed === undefined) {
      send('ERROR', expired(version, store.oldest()).status);
      request.end();
      return () => undefined;
    }
    for (const change of missed) tell(change);
  }
  const unsubscribe = store.subscribe(tell);
  const bookmarks = query.get('allowWatchBookmarks') === 'true';
  const beat = bookmarks ? setInterval(bookmark, bookmarkEveryMs) : undefined;
  const seconds = Number(query.get('timeoutSeconds') ?? '1800');
  const limit = setTimeout(
    () => {
      stop();
      if (bookmarks) bookmark();
      request.end();
    },
    Math.max(1, seconds) * 1000,
  );
  const stop = () => {
    unsubscribe();
    clearInterval(beat);
    clearTimeout(limit);
  };
  return stop;
}
