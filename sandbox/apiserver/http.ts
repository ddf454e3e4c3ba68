/** The HTTPS face of the API: who asks, for what, in which form. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Api } from './api.ts';
import type { DeleteRequest } from './delete.ts';
import { ApiError, invalidOptions, methodNotAllowed, noSuchPath, notFound } from './api-error.ts';
import { aggregatedList, apiVersions, groupList, oneGroup, resourceList } from './discovery.ts';
import { apiVersionOf, storageKey } from './kinds.ts';
import type { Kind } from './kinds.ts';
import { createLister, inVersion, selectorOf } from './list.ts';
import type { Lister } from './list.ts';
import type { OpenApiResponse } from './openapi-documents.ts';
import { patchKind, readBody } from './request-body.ts';
import { review } from './reviews.ts';
import { targetOf } from './route.ts';
import type { Target } from './route.ts';
import { readScale, scaled } from './scale.ts';
import { notSupported, required } from './schema/issue.ts';
import { isObject } from './schema/type-node.ts';
import { partialMetadata, tableOf } from './tables.ts';
import { startWatch } from './watch.ts';
import type { WriteRequest, Written } from './write.ts';

export interface HttpOptions {
  api: Api;
  /** Token to user name. */
  tokens: ReadonlyMap<string, string>;
  /** `gitVersion` to claim: `v1.34.0`. */
  gitVersion: string;
  /** Serves `/openapi/…`; `undefined` where there is no such document. */
  openapi: (path: string) => OpenApiResponse | undefined;
  /** What a pod has logged. */
  podLog: (namespace: string, name: string) => string;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export function createHandler(options: HttpOptions): Handler {
  const lister = createLister(options.api.store);
  return (request, response) => {
    answer(options, lister, request, response).catch((thrown: unknown) => {
      sendError(response, thrown);
    });
  };
}

function sendError(response: ServerResponse, thrown: unknown): void {
  const error =
    thrown instanceof ApiError
      ? thrown
      : new ApiError(500, 'InternalError', `Internal error occurred: ${messageOf(thrown)}`);
  if (response.headersSent) response.destroy();
  else sendJson(response, error.status.code, { ...error.status, metadata: {} });
}

function sendJson(
  response: ServerResponse,
  code: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(code, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-cache, private',
    ...headers,
  });
  response.end(text);
}

function sendText(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text);
}

async function answer(
  options: HttpOptions,
  lister: Lister,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://sandbox');
  const path = url.pathname.replace(/\/+$/, '') || '/';
  if (['/healthz', '/livez', '/readyz'].includes(path)) {
    sendText(response, 'ok');
    return;
  }
  const user = userOf(request, options.tokens);
  if (user === undefined) throw new ApiError(401, 'Unauthorized', 'Unauthorized');
  const accept = request.headers.accept ?? '*/*';
  if (path === '/version') {
    sendJson(response, 200, versionInfo(options.gitVersion));
    return;
  }
  if (path.startsWith('/openapi/')) {
    const document = options.openapi(path);
    if (document === undefined) throw noSuchPath();
    response.writeHead(200, { 'content-type': document.contentType });
    response.end(document.body);
    return;
  }
  if (discover(options, request, response, path, accept)) return;
  const target = targetOf(options.api.kinds, path);
  if (target === undefined) throw noSuchPath();
  await serve(options, lister, {
    request,
    response,
    target,
    query: url.searchParams,
    accept,
    user,
  });
}

function userOf(request: IncomingMessage, tokens: ReadonlyMap<string, string>): string | undefined {
  const match = /^Bearer (.+)$/.exec(request.headers.authorization ?? '');
  return match === null ? undefined : tokens.get(match[1] ?? '');
}

function versionInfo(gitVersion: string) {
  const [, major = '1', minor = '0'] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? [];
  return {
    major,
    minor,
    gitVersion,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: '',
    compiler: '',
    platform: '',
  };
}

function discover(
  options: HttpOptions,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  accept: string,
): boolean {
  const kinds = options.api.kinds.all();
  const parts = path.split('/').slice(1);
  const [root, group = '', version = ''] = parts;
  if (root === 'api' && parts.length === 1) {
    if (!sendAggregated(response, accept, (v) => aggregatedList(kinds, true, v))) {
      sendJson(response, 200, apiVersions(request.headers.host ?? ''));
    }
    return true;
  }
  if (root === 'apis' && parts.length === 1) {
    if (!sendAggregated(response, accept, (v) => aggregatedList(kinds, false, v)))
      sendJson(response, 200, groupList(kinds));
    return true;
  }
  const found =
    root === 'api' && parts.length === 2
      ? resourceList(kinds, '', group)
      : root === 'apis' && parts.length === 2
        ? oneGroup(kinds, group)
        : root === 'apis' && parts.length === 3
          ? resourceList(kinds, group, version)
          : undefined;
  if (found === undefined) return false;
  sendJson(response, 200, found);
  return true;
}

function sendAggregated(
  response: ServerResponse,
  accept: string,
  build: (version: string) => unknown,
): boolean {
  const match = /v=(v2|v2beta1);as=APIGroupDiscoveryList/.exec(accept.replaceAll(' ', ''));
  const version = match?.[1];
  if (version === undefined) return false;
  sendJson(response, 200, build(version), {
    'content-type': `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
  });
  return true;
}

interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  target: Target;
  query: URLSearchParams;
  accept: string;
  user: string;
}

async function serve(options: HttpOptions, lister: Lister, call: Call): Promise<void> {
  const { target, request, response } = call;
  const { kind, namespace, name, subresource } = target;
  if (kind.virtual === true) {
    if (request.method !== 'POST') throw methodNotAllowed();
    sendJson(response, 201, review(await readBody(request), call.user));
    return;
  }
  if (
    subresource === 'log' &&
    kind.resource === 'pods' &&
    name !== undefined &&
    namespace !== undefined
  ) {
    if (options.api.store.get(storageKey(kind), namespace, name) === undefined)
      throw notFound(kind, name);
    sendText(response, options.podLog(namespace, name));
    return;
  }
  if (subresource === 'scale' && kind.scale && name !== undefined) {
    await serveScale(options, call, name);
    return;
  }
  if (
    subresource !== undefined &&
    !(subresource === 'status' && kind.status) &&
    subresource !== 'finalize'
  )
    throw noSuchPath();
  switch (request.method) {
    case 'GET':
    case 'HEAD':
      if (name === undefined || isWatch(call.query)) read(options, lister, call);
      else sendObject(call, options, 200, liveOf(options, target, name));
      return;
    case 'POST': {
      if (name !== undefined) throw methodNotAllowed();
      const written = options.api.writer.create(writeRequest(call), await readBody(request));
      sendWritten(call, options, written);
      return;
    }
    case 'PUT':
      if (name === undefined) throw methodNotAllowed();
      sendWritten(
        call,
        options,
        options.api.writer.update(writeRequest(call), name, await readBody(request)),
      );
      return;
    case 'PATCH': {
      if (name === undefined) throw methodNotAllowed();
      const type = patchKind(request);
      const force = call.query.get('force') === 'true';
      if (type === 'apply' && (call.query.get('fieldManager') ?? '') === '') {
        throw invalidOptions(
          'PatchOptions',
          required('fieldManager', 'is required for apply patch'),
        );
      }
      const patch = { ...writeRequest(call), force };
      sendWritten(
        call,
        options,
        options.api.writer.patch(patch, name, type, await readBody(request)),
      );
      return;
    }
    case 'DELETE':
      await remove(options, call);
      return;
    default:
      throw methodNotAllowed();
  }
}

const isWatch = (query: URLSearchParams) => ['true', '1'].includes(query.get('watch') ?? '');

function liveOf(options: HttpOptions, { kind, namespace }: Target, name: string): KubeObject {
  const object = options.api.store.get(storageKey(kind), namespace, name);
  if (object === undefined) throw notFound(kind, name);
  return inVersion(kind, object);
}

function writeRequest({ request, query, target }: Call): WriteRequest {
  const validation = query.get('fieldValidation');
  return {
    kind: target.kind,
    namespace: target.namespace,
    ...(target.subresource === undefined || target.subresource === 'finalize'
      ? {}
      : { subresource: target.subresource }),
    dryRun: isDryRun(query.getAll('dryRun'), optionsOf[request.method ?? ''] ?? 'UpdateOptions'),
    fieldManager:
      query.get('fieldManager') ||
      (request.headers['user-agent'] ?? 'unknown').split('/')[0] ||
      'unknown',
    fieldValidation: validation === 'Strict' || validation === 'Ignore' ? validation : 'Warn',
  };
}

const optionsOf: Readonly<Record<string, string>> = {
  POST: 'CreateOptions',
  PATCH: 'PatchOptions',
};

/** @throws ApiError 422 for anything but `All` */
function isDryRun(asked: readonly unknown[], options: string): boolean {
  if (asked.some((each) => each !== 'All'))
    throw invalidOptions(options, notSupported('dryRun', asked, ['All']));
  return asked.length > 0;
}

/** Whole objects, metadata alone, or a Table: what the client would rather have. */
function form(accept: string): 'object' | 'metadata' | 'table' {
  for (const wish of accept.split(',')) {
    const type = wish.replaceAll(' ', '');
    if (type.includes('as=Table')) return 'table';
    if (type.includes('as=PartialObjectMetadata')) return 'metadata';
    if (/^(application\/json|\*\/\*)(;q=|$)/.test(type)) return 'object';
  }
  return 'object';
}

function sendObject(
  call: Call,
  options: HttpOptions,
  code: number,
  object: KubeObject,
  headers: Record<string, string> = {},
): void {
  const { kind } = call.target;
  const wish = form(call.accept);
  const include = call.query.get('includeObject') ?? undefined;
  const body =
    wish === 'table'
      ? tableOf(kind, [object], options.api.clock.now(), {
          metadata: { resourceVersion: object.metadata.resourceVersion },
          ...(include === undefined ? {} : { includeObject: include }),
        })
      : wish === 'metadata'
        ? partialMetadata(object)
        : object;
  sendJson(call.response, code, body, headers);
}

function sendWritten(
  call: Call,
  options: HttpOptions,
  { object, created, warnings }: Written,
): void {
  const headers: Record<string, string> =
    warnings.length === 0
      ? {}
      : { warning: warnings.map((text) => `299 - ${JSON.stringify(text)}`).join(', ') };
  sendObject(call, options, created ? 201 : 200, object, headers);
}

function read(options: HttpOptions, lister: Lister, call: Call): void {
  const { kind, namespace, name } = call.target;
  const { query, response } = call;
  const wish = form(call.accept);
  const now = () => options.api.clock.now();
  const include = query.get('includeObject') ?? undefined;
  const tableOptions = include === undefined ? {} : { includeObject: include };
  if (isWatch(query)) {
    response.writeHead(200, {
      'content-type': 'application/json',
      'cache-control': 'no-cache, private',
    });
    response.flushHeaders();
    let first = true;
    const stop = startWatch(options.api.store, {
      kind,
      namespace,
      name,
      query,
      encode: (object) => {
        if (wish === 'metadata') return partialMetadata(object);
        if (wish !== 'table') return object;
        const table = tableOf(kind, [object], now(), {
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
    sendJson(response, 200, tableOf(kind, items, now(), { ...tableOptions, metadata }));
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
const itemsOf = (kind: Kind, items: readonly KubeObject[]) =>
  kind.custom === undefined
    ? items.map(({ apiVersion: _apiVersion, kind: _kind, ...rest }) => rest)
    : items;

async function serveScale(options: HttpOptions, call: Call, name: string): Promise<void> {
  const { target, request, response } = call;
  const live = liveOf(options, target, name);
  if (request.method === 'GET') {
    sendJson(response, 200, readScale(live));
    return;
  }
  if (request.method !== 'PUT' && request.method !== 'PATCH') throw methodNotAllowed();
  const body = await readBody(request);
  const { subresource: _scale, ...write } = writeRequest(call);
  const { object } = options.api.writer.update(
    write,
    name,
    scaled(live, body, request.method === 'PATCH' ? patchKind(request) : undefined),
  );
  sendJson(response, 200, readScale(object));
}

async function remove(options: HttpOptions, call: Call): Promise<void> {
  const { target, query, response } = call;
  const { kind, namespace, name } = target;
  const body = await readBody(call.request);
  const given = isObject(body) ? body : {};
  const preconditions = isObject(given.preconditions) ? given.preconditions : {};
  const propagation =
    query.get('propagationPolicy') ??
    given.propagationPolicy ??
    (given.orphanDependents === true ? 'Orphan' : undefined);
  const request: Omit<DeleteRequest, 'name'> = {
    kind,
    namespace,
    propagation:
      propagation === 'Foreground' || propagation === 'Orphan' ? propagation : 'Background',
    uid: typeof preconditions.uid === 'string' ? preconditions.uid : undefined,
    resourceVersion:
      typeof preconditions.resourceVersion === 'string' ? preconditions.resourceVersion : undefined,
    dryRun: isDryRun(
      [...query.getAll('dryRun'), ...(Array.isArray(given.dryRun) ? given.dryRun : [])],
      'DeleteOptions',
    ),
  };
  if (name !== undefined) {
    const { object, gone } = options.api.deleter.delete({ ...request, name });
    if (gone && kind.resource !== 'pods') {
      const details = {
        name,
        ...(kind.group === '' ? {} : { group: kind.group }),
        kind: kind.resource,
        uid: object.metadata.uid,
      };
      sendJson(response, 200, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        details,
      });
    } else sendObject(call, options, 200, inVersion(kind, object));
    return;
  }
  const selects = selectorOf(kind, query);
  const items = options.api.store
    .list(storageKey(kind), namespace)
    .filter(selects)
    .map(
      (object) =>
        options.api.deleter.delete({
          ...request,
          namespace: object.metadata.namespace,
          name: object.metadata.name ?? '',
        }).object,
    );
  sendJson(response, 200, {
    kind: `${kind.kind}List`,
    apiVersion: apiVersionOf(kind),
    metadata: { resourceVersion: String(options.api.store.version()) },
    items: itemsOf(kind, items),
  });
}
