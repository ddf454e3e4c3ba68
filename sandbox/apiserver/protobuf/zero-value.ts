/** What Go writes for a struct that nothing was set in: the state before a create, from which ownership is counted. */
import type { JsonObject, TypeNode } from '../schema/type-node.ts';
import { protobufFields } from './fields.ts';

const zeros = new Map<string, JsonObject>();

/** `{ metadata: {}, spec: { strategy: {}, … }, status: {} }` for a Deployment; `{}` for types without a table. */
export function zeroValue(type: TypeNode): JsonObject {
  const path = type.path ?? '';
  const known = zeros.get(path);
  if (known !== undefined) return known;
  const zero = build(type, path);
  zeros.set(path, zero);
  return zero;
}

function build(type: TypeNode, path: string): JsonObject {
  const zero: JsonObject = {};
  for (const field of protobufFields(path)?.values() ?? []) {
    if (!field.always) continue;
    if (field.inline !== undefined) Object.assign(zero, build(type, field.inline));
    else {
      const known = type.field?.(field.name);
      const empty = known === undefined ? undefined : emptyOf(known);
      if (empty !== undefined) zero[field.name] = empty;
    }
  }
  return zero;
}

/** The JSON of a field that nothing was set in; `undefined` where there is none. */
export function emptyOf(type: TypeNode): unknown {
  switch (type.shape) {
    case 'object':
      return zeroValue(type);
    case 'list':
    case 'map':
      return null;
    case 'any':
      return undefined;
    case 'scalar':
      switch (type.scalar) {
        case 'string':
          return '';
        case 'boolean':
          return false;
        case 'int32':
        case 'int64':
        case 'number':
        case 'intOrString':
          return 0;
        default:
          return null;
      }
  }
}
