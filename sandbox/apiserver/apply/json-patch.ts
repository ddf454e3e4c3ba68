/** JSON Patch (RFC 6902) and JSON Merge Patch (RFC 7386). Arguments stay as they are. */
import { Fault } from '../../../lib/runtime/mod.ts';
import { isObject, sameJson } from '../schema/type-node.ts';
import type { JsonObject } from '../schema/type-node.ts';

export function applyMergePatch(original: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(original) ? { ...original } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = applyMergePatch(result[key], value);
  }
  return result;
}

/** @throws Fault `InvalidPatch` for a malformed patch, `PatchFailed` when an operation does not fit the document */
export function applyJsonPatch(original: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw fault('InvalidPatch', 'a JSON patch is a list of operations');
  let document = structuredClone(original);
  for (const operation of patch) document = applyOperation(document, operation);
  return document;
}

function applyOperation(document: unknown, operation: unknown): unknown {
  if (!isObject(operation) || typeof operation['path'] !== 'string') {
    throw fault('InvalidPatch', 'operation without a path');
  }
  const path = operation['path'];
  const value = operation['value'];
  switch (operation['op']) {
    case 'add':
      return add(document, path, structuredClone(value));
    case 'remove':
      return remove(document, path);
    case 'replace':
      valueAt(document, path, 'replace');
      return path === '' ? value : add(remove(document, path), path, structuredClone(value));
    case 'test': {
      const found = lookUp(document, path);
      const absent = found === undefined && value === null;
      if (!absent && !sameJson(found, value)) {
        throw fault('PatchFailed', `testing value ${path} failed: test failed`);
      }
      return document;
    }
    case 'copy':
    case 'move': {
      const from = operation['from'];
      if (typeof from !== 'string') throw fault('InvalidPatch', 'operation without a from');
      const moved = structuredClone(valueAt(document, from, operation['op']));
      return add(operation['op'] === 'move' ? remove(document, from) : document, path, moved);
    }
    default:
      throw fault('InvalidPatch', `Unexpected kind: ${String(operation['op'])}`);
  }
}

function parts(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((each) => each.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function lookUp(document: unknown, path: string): unknown {
  let found = document;
  for (const part of parts(path)) {
    if (Array.isArray(found)) found = found[Number(part)];
    else if (isObject(found) && Object.hasOwn(found, part)) found = found[part];
    else return undefined;
  }
  return found;
}

function valueAt(document: unknown, path: string, verb: string): unknown {
  const found = lookUp(document, path);
  if (found !== undefined) return found;
  throw fault(
    'PatchFailed',
    `${verb} operation does not apply: doc is missing key: ${path}: missing value`,
  );
}

function add(document: unknown, path: string, value: unknown): unknown {
  if (path === '') return value;
  const all = parts(path);
  const last = all.at(-1) ?? '';
  const parent = lookUp(document, path.slice(0, path.lastIndexOf('/')));
  if (Array.isArray(parent)) {
    const at = last === '-' ? parent.length : Number(last);
    if (!Number.isInteger(at) || at < 0 || at > parent.length) {
      throw fault(
        'PatchFailed',
        `add operation does not apply: Unable to access invalid index: ${last}`,
      );
    }
    parent.splice(at, 0, value);
  } else if (isObject(parent)) {
    parent[last] = value;
  } else {
    throw fault(
      'PatchFailed',
      `add operation does not apply: doc is missing path: "${path}": missing value`,
    );
  }
  return document;
}

function remove(document: unknown, path: string): unknown {
  const last = parts(path).at(-1) ?? '';
  const parent = lookUp(document, path.slice(0, path.lastIndexOf('/')));
  if (Array.isArray(parent) && Number(last) < parent.length) {
    parent.splice(Number(last), 1);
  } else if (isObject(parent) && Object.hasOwn(parent, last)) {
    delete parent[last];
  } else {
    throw fault(
      'PatchFailed',
      `remove operation does not apply: doc is missing path: "${path}": missing value`,
    );
  }
  return document;
}

function fault(reason: 'InvalidPatch' | 'PatchFailed', message: string): Fault {
  return new Fault(reason, 'stall', 'patch', message);
}
