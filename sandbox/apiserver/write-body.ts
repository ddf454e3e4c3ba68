/** Bodies of writes: read as the kind, patched, checked against the request. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { Fault } from '../../lib/runtime/mod.ts';
import { ApiError, badRequest, changedMeanwhile } from './api-error.ts';
import { applyJsonPatch, applyMergePatch } from './apply/json-patch.ts';
import { ApplyConflict } from './apply/server-side.ts';
import { applyStrategicPatch } from './apply/strategic.ts';
import { apiVersionOf } from './kinds.ts';
import type { Kind } from './kinds.ts';
import type { ObjectRules } from './rules.ts';
import { isObject } from './schema/type-node.ts';
import type { PatchKind, WriteRequest } from './write.ts';

export function applied<T>(act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    if (thrown instanceof ApplyConflict) {
      throw new ApiError(409, 'Conflict', thrown.message, {
        causes: thrown.conflicts.map(({ manager, field }) => ({
          reason: 'FieldManagerConflict',
          message: `conflict with ${manager}`,
          field,
        })),
      });
    }
    throw asBadRequest(thrown);
  }
}

function asBadRequest(thrown: unknown): unknown {
  return thrown instanceof Fault ? badRequest(thrown.message) : thrown;
}

export function patchedBody(
  live: KubeObject,
  type: Exclude<PatchKind, 'apply'>,
  body: unknown,
  rules: ObjectRules,
  kind: Kind,
): unknown {
  try {
    if (type === 'json') return applyJsonPatch(live, body);
    if (!isObject(body)) throw badRequest('a patch has to be an object');
    if (type === 'merge') return applyMergePatch(live, body);
    return applyStrategicPatch(live, body, rules.typeOf(kind));
  } catch (thrown) {
    if (thrown instanceof Fault && thrown.reason === 'PatchFailed') {
      throw new ApiError(
        422,
        'Invalid',
        `the server rejected our request due to an error in our request: ${thrown.message}`,
      );
    }
    throw asBadRequest(thrown);
  }
}

/** The body as an object of the kind; unknown fields are dropped, reported or refused as asked. */
export function readBody(
  rules: ObjectRules,
  request: WriteRequest,
  body: unknown,
): { object: KubeObject; warnings: string[] } {
  const { kind } = request;
  if (!isObject(body)) throw badRequest('the request body is not an object');
  const apiVersion = apiVersionOf(kind);
  const sent = { apiVersion, kind: kind.kind, ...body };
  if (sent.kind !== kind.kind || sent.apiVersion !== apiVersion) {
    throw badRequest(
      `${String(sent.kind)} in version ${JSON.stringify(sent.apiVersion)} cannot be handled as a ${kind.kind}: the object provided is unrecognized (must be of type ${kind.kind})`,
    );
  }
  const { value, unknown, failure } = rules.decode(kind, sent);
  if (failure !== undefined) throw badRequest(failure);
  if (unknown.length > 0 && request.fieldValidation === 'Strict') {
    throw badRequest(
      `${kind.kind} in version ${JSON.stringify(kind.version)} cannot be handled as a ${kind.kind}: strict decoding error: ${unknown.join(', ')}`,
    );
  }
  const metadata = isObject(value.metadata) ? value.metadata : {};
  return {
    object: { ...value, apiVersion, kind: kind.kind, metadata },
    warnings: request.fieldValidation === 'Warn' ? unknown : [],
  };
}

export function checkNames(
  { kind, namespace }: WriteRequest,
  object: KubeObject,
  name: string | undefined,
): void {
  const { metadata } = object;
  if (name !== undefined && metadata.name !== undefined && metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  if (kind.namespaced && metadata.namespace !== undefined && metadata.namespace !== namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    );
  }
}

export function checkVersion(kind: Kind, live: KubeObject, object: KubeObject): void {
  const asked = object.metadata.resourceVersion;
  if (asked !== undefined && asked !== '' && asked !== live.metadata.resourceVersion) {
    throw changedMeanwhile(kind, live.metadata.name ?? '');
  }
  const uid = object.metadata.uid;
  if (uid !== undefined && uid !== '' && uid !== live.metadata.uid) {
    throw new ApiError(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${kind.resource} ${JSON.stringify(live.metadata.name)}: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`,
    );
  }
}
