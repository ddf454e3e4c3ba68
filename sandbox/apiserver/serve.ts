/** Requests for objects: from verb and path to what is done. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { sendJson, sendObject, sendText, sendWritten } from './answers.ts';
import { invalidOptions, methodNotAllowed, noSuchPath, notFound } from './api-error.ts';
import type { Call } from './call.ts';
import type { DeleteRequest } from './delete.ts';
import { apiVersionOf, storageKey } from './kinds.ts';
import { inVersion, selectorOf } from './list.ts';
import type { Lister } from './list.ts';
import { isWatch, itemsOf, read } from './read.ts';
import { patchKind, readBody } from './request-body.ts';
import { review } from './reviews.ts';
import { readScale, scaled } from './scale.ts';
import { notSupported, required } from './schema/issue.ts';
import { isObject } from './schema/type-node.ts';
import type { WriteRequest } from './write.ts';

export interface ServeOptions {
  /** What a pod has logged. */
  podLog: (namespace: string, name: string) => string;
}

/** @throws ApiError */
export async function serve(options: ServeOptions, lister: Lister, call: Call): Promise<void> {
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
    if (call.api.store.get(storageKey(kind), namespace, name) === undefined)
      throw notFound(kind, name);
    sendText(response, options.podLog(namespace, name));
    return;
  }
  if (subresource === 'scale' && kind.scale && name !== undefined) {
    await serveScale(call, name);
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
      if (name === undefined || isWatch(call.query)) read(lister, call);
      else sendObject(call, 200, liveOf(call, name));
      return;
    case 'POST': {
      if (name !== undefined) throw methodNotAllowed();
      const written = call.api.writer.create(writeRequest(call), await readBody(request));
      sendWritten(call, written);
      return;
    }
    case 'PUT':
      if (name === undefined) throw methodNotAllowed();
      sendWritten(call, call.api.writer.update(writeRequest(call), name, await readBody(request)));
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
      sendWritten(call, call.api.writer.patch(patch, name, type, await readBody(request)));
      return;
    }
    case 'DELETE':
      await remove(call);
      return;
    default:
      throw methodNotAllowed();
  }
}

function liveOf({ api, target: { kind, namespace } }: Call, name: string): KubeObject {
  const object = api.store.get(storageKey(kind), namespace, name);
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

async function serveScale(call: Call, name: string): Promise<void> {
  const { request, response } = call;
  const live = liveOf(call, name);
  if (request.method === 'GET') {
    sendJson(response, 200, readScale(live));
    return;
  }
  if (request.method !== 'PUT' && request.method !== 'PATCH') throw methodNotAllowed();
  const body = await readBody(request);
  const { subresource: _scale, ...write } = writeRequest(call);
  const { object } = call.api.writer.update(
    write,
    name,
    scaled(live, body, request.method === 'PATCH' ? patchKind(request) : undefined),
  );
  sendJson(response, 200, readScale(object));
}

async function remove(call: Call): Promise<void> {
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
    const { object, gone } = call.api.deleter.delete({ ...request, name });
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
    } else sendObject(call, 200, inVersion(kind, object));
    return;
  }
  const selects = selectorOf(kind, query);
  const items = call.api.store
    .list(storageKey(kind), namespace)
    .filter(selects)
    .map(
      (object) =>
        call.api.deleter.delete({
          ...request,
          namespace: object.metadata.namespace,
          name: object.metadata.name ?? '',
        }).object,
    );
  sendJson(response, 200, {
    kind: `${kind.kind}List`,
    apiVersion: apiVersionOf(kind),
    metadata: { resourceVersion: String(call.api.store.version()) },
    items: itemsOf(kind, items),
  });
}
