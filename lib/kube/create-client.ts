/** The client: every verb of client.ts over one transport. */
import { formatApiVersion } from '../objects/mod.ts';
import type { KubeObject } from '../objects/mod.ts';
import { systemClock } from '../runtime/mod.ts';
import type { Clock } from '../runtime/mod.ts';
import type {
  CollectionRef,
  KubeClient,
  ListOptions,
  ObjectList,
  ObjectRef,
  PatchType,
  ResourceType,
  Subresource,
  WatchEvent,
  WriteOptions,
} from './client.ts';
import type { KubeConnection } from './connection.ts';
import { createDiscovery } from './discovery.ts';
import { KubeError } from './errors.ts';
import { jsonLines } from './json-lines.ts';
import { createTransport } from './transport.ts';

export interface KubeClientOptions {
  connection: KubeConnection;
  clock?: Clock;
  /** Connections kept open at most, default 32. */
  connections?: number;
  /** Receives the server's warnings. */
  warn?: (text: string) => void;
  /** A watch that is silent for longer has lost its server, default 320 000; the server ends it after 290 s. */
  watchIdleMs?: number;
}

const patchContentType: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

const metadataObject = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const metadataList = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

export function createKubeClient(options: KubeClientOptions): KubeClient {
  const clock = options.clock ?? systemClock;
  const transport = createTransport({ ...options, clock });
  const discovery = createDiscovery(transport, clock);

  const typeOf = async (kind: { apiVersion: string; kind: string }): Promise<ResourceType> => {
    const type = await discovery.resourceType(kind);
    if (type === undefined) {
      const text = `${kind.apiVersion}/${kind.kind}`;
      throw new KubeError(
        'UnknownKind',
        text,
        `the server does not know the kind "${kind.kind}" in version "${kind.apiVersion}"`,
      );
    }
    return type;
  };
  const collectionPath = (type: ResourceType, namespace: string | undefined) => {
    const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
    const scope =
      type.namespaced && namespace !== undefined
        ? `/namespaces/${encodeURIComponent(namespace)}`
        : '';
    return `${root}${scope}/${type.resource}`;
  };
  const objectPath = async (ref: ObjectRef, subresource?: Subresource) => {
    const type = await typeOf(ref);
    if (type.namespaced && ref.namespace === undefined) {
      throw new KubeError(
        'BadRequest',
        shown(ref),
        `${ref.kind} ${ref.name}: a namespace is required`,
      );
    }
    // Such a path would be that of the whole collection.
    if (['', '.', '..'].includes(ref.name) || ['', '.', '..'].includes(ref.namespace ?? 'none')) {
      throw new KubeError(
        'BadRequest',
        shown(ref),
        `${ref.kind} ${JSON.stringify(ref.name)} in ${JSON.stringify(ref.namespace ?? '')}: not a name`,
      );
    }
    const path = `${collectionPath(type, ref.namespace)}/${encodeURIComponent(ref.name)}`;
    return subresource === undefined ? path : `${path}/${subresource}`;
  };

  const list = async <T extends KubeObject>(
    of: CollectionRef,
    { labelSelector, fieldSelector, pageSize = 500, mayBeStale, signal }: ListOptions,
    accept: string | undefined,
  ): Promise<ObjectList<T>> => {
    const type = await typeOf(of);
    const apiVersion = formatApiVersion(type.group, type.version);
    const items: T[] = [];
    let resourceVersion = '';
    let continuation = '';
    do {
      // Pages after the first are of the version of the first.
      const since = mayBeStale === true && continuation === '' ? '0' : '';
      const text = await transport.send({
        method: 'GET',
        path: `${collectionPath(type, of.namespace)}${query({ labelSelector, fieldSelector, limit: String(pageSize), continue: continuation, resourceVersion: since })}`,
        subject: type.resource,
        signal,
        ...(accept === undefined ? {} : { accept }),
      });
      const page = JSON.parse(text) as {
        metadata?: { resourceVersion?: string; continue?: string };
        items?: T[];
      };
      resourceVersion = page.metadata?.resourceVersion ?? '';
      continuation = page.metadata?.continue ?? '';
      // Items of a list come without their type.
      for (const item of page.items ?? []) items.push({ ...item, apiVersion, kind: type.kind });
    } while (continuation !== '');
    return { resourceVersion, items };
  };

  return {
    get: async <T extends KubeObject>(
      ref: ObjectRef,
      { signal }: { signal?: AbortSignal } = {},
    ) => {
      if ((await discovery.resourceType(ref)) === undefined) return undefined;
      try {
        return JSON.parse(
          await transport.send({
            method: 'GET',
            path: await objectPath(ref),
            subject: shown(ref),
            signal,
          }),
        ) as T;
      } catch (thrown) {
        if (thrown instanceof KubeError && thrown.reason === 'NotFound') return undefined;
        throw thrown;
      }
    },
    list: (of, listOptions = {}) => list(of, listOptions, undefined),
    listMetadata: (of, listOptions = {}) => list(of, listOptions, metadataList),
    create: async <T extends KubeObject>(object: T, write: WriteOptions = {}) => {
      const type = await typeOf(object);
      const text = await transport.send({
        method: 'POST',
        path: `${collectionPath(type, namespaceFor(type, object))}${writeQuery(write)}`,
        body: JSON.stringify(object),
        subject: shownObject(object),
        signal: write.signal,
      });
      return JSON.parse(text) as T;
    },
    update: async <T extends KubeObject>(
      object: T,
      write: WriteOptions & { subresource?: Subresource } = {},
    ) => {
      const text = await transport.send({
        method: 'PUT',
        path: `${await objectPath(refOf(object), write.subresource)}${writeQuery(write)}`,
        body: JSON.stringify(object),
        subject: shownObject(object),
        signal: write.signal,
        // With a version, a second try would meet the first as a conflict.
        repeatable: object.metadata.resourceVersion === undefined,
      });
      return JSON.parse(text) as T;
    },
    patch: async (ref, type, patch, write = {}) => {
      const text = await transport.send({
        method: 'PATCH',
        path: `${await objectPath(ref, write.subresource)}${writeQuery(write)}`,
        body: JSON.stringify(patch),
        contentType: patchContentType[type],
        subject: shown(ref),
        signal: write.signal,
        repeatable: type !== 'json',
      });
      return JSON.parse(text) as KubeObject;
    },
    apply: async (object, apply) => {
      const force = apply.force ? '&force=true' : '';
      const text = await transport.send({
        method: 'PATCH',
        path: `${await objectPath(refOf(object))}${writeQuery(apply)}${force}`,
        // JSON is YAML; the server refuses any other content type here.
        body: JSON.stringify(object),
        contentType: 'application/apply-patch+yaml',
        subject: shownObject(object),
        signal: apply.signal,
        repeatable: true,
      });
      return JSON.parse(text) as KubeObject;
    },
    delete: async (ref, { propagation, gracePeriodSeconds, uid, dryRun, signal } = {}) => {
      try {
        await transport.send({
          method: 'DELETE',
          path: await objectPath(ref),
          body: JSON.stringify({
            apiVersion: 'v1',
            kind: 'DeleteOptions',
            ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
            ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
            ...(uid === undefined ? {} : { preconditions: { uid } }),
            ...(dryRun === true ? { dryRun: ['All'] } : {}),
          }),
          subject: shown(ref),
          signal,
          repeatable: true,
        });
        return true;
      } catch (thrown) {
        if (thrown instanceof KubeError && thrown.reason === 'NotFound') return false;
        throw thrown;
      }
    },
    watch: async function* <T extends KubeObject>(
      of: CollectionRef,
      watch: {
        resourceVersion: string;
        labelSelector?: string;
        fieldSelector?: string;
        metadataOnly?: boolean;
        signal: AbortSignal;
      },
    ): AsyncGenerator<WatchEvent<T>> {
      const type = await typeOf(of);
      const parameters = query({
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion: watch.resourceVersion,
        labelSelector: watch.labelSelector,
        fieldSelector: watch.fieldSelector,
        timeoutSeconds: '290',
      });
      const body = await transport.stream(
        {
          method: 'GET',
          path: `${collectionPath(type, of.namespace)}${parameters}`,
          subject: `watch ${type.resource}`,
          signal: watch.signal,
          ...(watch.metadataOnly === true ? { accept: metadataObject } : {}),
        },
        options.watchIdleMs ?? 320_000,
      );
      for await (const line of jsonLines(body)) yield line as WatchEvent<T>;
    },
    resourceType: (kind) => discovery.resourceType(kind),
    resourceTypes: () => discovery.resourceTypes(),
    invalidateDiscovery: () => {
      discovery.invalidate();
    },
    serverVersion: async () =>
      JSON.parse(
        await transport.send({ method: 'GET', path: '/version', subject: '/version' }),
      ) as {
        major: string;
        minor: string;
        gitVersion: string;
      },
    raw: (method, path, { body, accept, signal } = {}) =>
      transport.send({
        method: method as 'GET',
        path,
        subject: path,
        signal,
        ...(accept === undefined ? {} : { accept }),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    close: () => transport.close(),
  };
}

function refOf(object: KubeObject): ObjectRef {
  return {
    apiVersion: object.apiVersion,
    kind: object.kind,
    namespace: object.metadata.namespace,
    name: object.metadata.name ?? '',
  };
}

function namespaceFor(type: ResourceType, object: KubeObject): string | undefined {
  if (!type.namespaced) return undefined;
  if (object.metadata.namespace !== undefined) return object.metadata.namespace;
  throw new KubeError(
    'BadRequest',
    shownObject(object),
    `${shownObject(object)}: a namespace is required`,
  );
}

const shown = (ref: ObjectRef) =>
  `${ref.kind} ${ref.namespace === undefined ? '' : `${ref.namespace}/`}${ref.name}`;

const shownObject = (object: KubeObject) => shown(refOf(object));

function writeQuery({ dryRun, fieldManager, fieldValidation }: WriteOptions): string {
  return query({
    dryRun: dryRun === true ? 'All' : undefined,
    fieldManager: fieldManager ?? 'reflux',
    fieldValidation,
  });
}

function query(parameters: Readonly<Record<string, string | undefined>>): string {
  const pairs = Object.entries(parameters).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '',
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}
