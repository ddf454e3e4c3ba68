/** Bodies of `application/vnd.kubernetes.protobuf`, as Go clients send them for built-in kinds, read as JSON values. */
import { builtinType, typeNamed } from '../schema/builtin.ts';
import type { JsonObject, Scalar, TypeNode } from '../schema/type-node.ts';
import { protobufFields } from './fields.ts';
import { wireFields } from './wire.ts';

/** The first bytes of every body: `k8s` and a zero. */
const magic = Buffer.from('k8s\0', 'latin1');
const text = new TextDecoder();

/**
 * The object in an envelope (`runtime.Unknown`: 1 type, 2 object).
 *
 * @returns `undefined` when the kind has no protobuf form here
 * @throws RangeError when the bytes are not such a message
 */
export function decodeProtobuf(body: Uint8Array): JsonObject | undefined {
  if (!magic.equals(body.subarray(0, magic.length))) throw new RangeError('the magic is missing');
  let apiVersion = '';
  let kind = '';
  let raw: Uint8Array = new Uint8Array();
  for (const { number, value } of wireFields(body.subarray(magic.length))) {
    if (typeof value === 'bigint') continue;
    if (number === 1) {
      for (const part of wireFields(value)) {
        if (typeof part.value === 'bigint') continue;
        if (part.number === 1) apiVersion = text.decode(part.value);
        if (part.number === 2) kind = text.decode(part.value);
      }
    } else if (number === 2) raw = value;
  }
  const type =
    kind === 'DeleteOptions' ? typeNamed('meta.v1.DeleteOptions') : builtinType(apiVersion, kind);
  if (type?.path === undefined || protobufFields(type.path) === undefined) return undefined;
  return { apiVersion, kind, ...struct(raw, type, type.path) };
}

/** `path` names the message; for inlined structs `type` is that of the owner, which has the fields. */
function struct(message: Uint8Array, type: TypeNode, path: string): JsonObject {
  const fields = protobufFields(path);
  const object: JsonObject = {};
  for (const { number, value } of wireFields(message)) {
    const field = fields?.get(number);
    if (field === undefined) continue;
    if (field.inline !== undefined) {
      if (typeof value !== 'bigint') Object.assign(object, struct(value, type, field.inline));
      continue;
    }
    const known = type.field?.(field.name);
    if (known === undefined) continue;
    if (known.shape === 'list' && known.element !== undefined) {
      const list = (object[field.name] ??= []) as unknown[];
      list.push(single(value, known.element));
    } else if (known.shape === 'map' && known.element !== undefined) {
      const map = (object[field.name] ??= {}) as JsonObject;
      const [key, entry] = mapEntry(value, known.element);
      map[key] = entry;
    } else {
      const decoded = single(value, known);
      if (decoded === undefined || (field.omitted && isZero(decoded))) continue;
      object[field.name] = decoded;
    }
  }
  return object;
}

const isZero = (value: unknown) => value === '' || value === 0 || value === false;

function mapEntry(value: bigint | Uint8Array, element: TypeNode): [string, unknown] {
  let key = '';
  let entry: unknown = element.shape === 'scalar' ? zeroOf(element.scalar) : undefined;
  for (const part of wireFields(bytes(value))) {
    if (part.number === 1) key = text.decode(bytes(part.value));
    if (part.number === 2) entry = single(part.value, element);
  }
  return [key, entry];
}

function zeroOf(scalar: Scalar | undefined): unknown {
  if (scalar === 'boolean') return false;
  return scalar === 'int32' || scalar === 'int64' || scalar === 'number' ? 0 : '';
}

function bytes(value: bigint | Uint8Array): Uint8Array {
  if (typeof value === 'bigint') throw new RangeError('a number stands where bytes belong');
  return value;
}

function single(value: bigint | Uint8Array, type: TypeNode): unknown {
  if (type.shape === 'object') return struct(bytes(value), type, type.path ?? '');
  // A list within a map: `ExtraValue`, a message with the items as field 1.
  if (type.shape === 'list') {
    const element = type.element;
    if (element === undefined) return [];
    return [...wireFields(bytes(value))].map((item) => single(item.value, element));
  }
  // JSON within a message: `FieldsV1`, `RawExtension`.
  if (type.shape === 'any') {
    const [first] = wireFields(bytes(value));
    return first === undefined
      ? undefined
      : (JSON.parse(text.decode(bytes(first.value))) as unknown);
  }
  return scalar(value, type.scalar);
}

function scalar(value: bigint | Uint8Array, kind: Scalar | undefined): unknown {
  switch (kind) {
    case 'int32':
    case 'int64':
      return typeof value === 'bigint' ? Number(BigInt.asIntN(64, value)) : 0;
    case 'boolean':
      return value !== 0n;
    case 'number':
      return typeof value === 'bigint' ? doubleOf(value) : 0;
    case 'bytes':
      return Buffer.from(bytes(value)).toString('base64');
    case 'time':
    case 'microTime':
      return time(bytes(value), kind);
    case 'quantity': {
      const [amount] = wireFields(bytes(value));
      return amount === undefined ? '0' : text.decode(bytes(amount.value));
    }
    case 'intOrString':
      return intOrString(bytes(value));
    default:
      return text.decode(bytes(value));
  }
}

function doubleOf(bits: bigint): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
}

/** An empty message is the zero time, which JSON writes as null. */
function time(message: Uint8Array, kind: 'time' | 'microTime'): string | undefined {
  if (message.length === 0) return undefined;
  let seconds = 0;
  let nanos = 0;
  for (const { number, value } of wireFields(message)) {
    if (typeof value !== 'bigint') continue;
    if (number === 1) seconds = Number(BigInt.asIntN(64, value));
    if (number === 2) nanos = Number(value);
  }
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  const micros = String(Math.floor(nanos / 1000)).padStart(6, '0');
  return kind === 'time' ? `${whole}Z` : `${whole}.${micros}Z`;
}

function intOrString(message: Uint8Array): number | string {
  let isText = false;
  let int = 0;
  let string = '';
  for (const { number, value } of wireFields(message)) {
    if (number === 1) isText = value === 1n;
    else if (number === 2 && typeof value === 'bigint') int = Number(BigInt.asIntN(64, value));
    else if (number === 3) string = text.decode(bytes(value));
  }
  return isText ? string : int;
}
