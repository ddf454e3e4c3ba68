/** Reading a request body as a built-in kind: unknown fields, duplicate ones, wrong types. */
import { isObject } from './type-node.ts';
import type { JsonObject, TypeNode } from './type-node.ts';

export interface Decoded {
  /** The object with unknown fields and nulls dropped. */
  value: JsonObject;
  /** `unknown field "spec.foo"`; refused, reported or dropped as fieldValidation asks. */
  unknown: string[];
  /** What makes the body unreadable (HTTP 400), as Go's decoder words it; the first only. */
  failure?: string;
}

export function decodeBuiltin(body: JsonObject, type: TypeNode): Decoded {
  const found: Found = { unknown: [], failure: undefined, owner: '' };
  const value = decodeObject(body, type, [], found);
  return {
    value,
    unknown: found.unknown,
    ...(found.failure === undefined ? {} : { failure: found.failure }),
  };
}

interface Found {
  unknown: string[];
  failure: string | undefined;
  /** The struct whose field is being read. */
  owner: string;
}

function decodeObject(
  object: JsonObject,
  type: TypeNode,
  path: string[],
  found: Found,
): JsonObject {
  const clean: JsonObject = {};
  for (const [name, value] of Object.entries(object)) {
    const known = type.field?.(name);
    if (known === undefined) {
      found.unknown.push(
        `unknown field ${JSON.stringify([...path, name].join('.').replaceAll('.[', '['))}`,
      );
      continue;
    }
    found.owner = type.name.replace(/^.*\./, '');
    if (value !== null) clean[name] = decodeValue(value, known, [...path, name], found);
  }
  return clean;
}

function decodeValue(value: unknown, type: TypeNode, path: string[], found: Found): unknown {
  if (type.shape === 'any') return value;
  if (type.shape === 'object') {
    return isObject(value)
      ? decodeObject(value, type, path, found)
      : mismatch(value, type, path, found);
  }
  if (type.shape === 'map') {
    if (!isObject(value)) return mismatch(value, type, path, found);
    const clean: JsonObject = {};
    for (const [name, child] of Object.entries(value)) {
      if (child === null) clean[name] = type.element?.scalar === 'string' ? '' : null;
      else
        clean[name] =
          type.element === undefined
            ? child
            : decodeValue(child, type.element, [...path, name], found);
    }
    return clean;
  }
  if (type.shape === 'list') {
    if (!Array.isArray(value)) return mismatch(value, type, path, found);
    const element = type.element;
    if (element === undefined) return value;
    return value.map((each: unknown, i) =>
      each === null ? each : decodeValue(each, element, [...path, `[${String(i)}]`], found),
    );
  }
  return fits(value, type) ? value : mismatch(value, type, path, found);
}

function fits(value: unknown, { scalar }: TypeNode): boolean {
  switch (scalar) {
    case 'string':
    case 'bytes':
    case 'time':
    case 'microTime':
      return typeof value === 'string';
    case 'int32':
    case 'int64':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    case 'quantity':
      return typeof value === 'string' || typeof value === 'number';
    case 'intOrString':
      return typeof value === 'string' || Number.isInteger(value);
    default:
      return true;
  }
}

/** `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`. */
function mismatch(value: unknown, type: TypeNode, path: string[], found: Found): unknown {
  const words =
    typeof value === 'boolean'
      ? 'bool'
      : typeof value === 'number'
        ? Number.isInteger(value)
          ? 'number'
          : `number ${String(value)}`
        : Array.isArray(value)
          ? 'array'
          : typeof value;
  const fieldPath = path.filter((each) => !each.startsWith('[')).join('.');
  found.failure ??= `json: cannot unmarshal ${words} into Go struct field ${found.owner}.${fieldPath} of type ${type.name}`;
  return value;
}
