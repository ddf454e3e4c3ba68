/** encoding/json: values to text. */
import { compareText, GoInt, isNil } from '../values/mod.ts';
import type { GoObject, GoValue } from '../values/mod.ts';
import { YamlError } from './errors.ts';
import { formatFloat, formatJsonFloat } from './number.ts';

/** Named fields in the order of a Go struct. */
export class JsonFields {
  readonly fields: readonly (readonly [string, GoValue])[];

  constructor(fields: readonly (readonly [string, GoValue])[]) {
    this.fields = fields;
  }
}

/** An engine-side value that has a JSON form (a struct, a time). */
export interface JsonMarshaler {
  toJsonValue(): GoValue | JsonFields;
}

function isMarshaler(value: object): value is JsonMarshaler {
  return 'toJsonValue' in value && typeof value.toJsonValue === 'function';
}

export interface JsonStyle {
  /** `<`, `>` and `&` as `\u003c` …, as Go does unless told otherwise. */
  escapeHtml?: boolean;
  /** For each level; empty or missing means one line. */
  indent?: string;
}

/** More values than any manifest has; one that holds another many times over is counted each time. */
export const mostNodes = 2_000_000;

/** Nested deeper than this is a value that contains itself. */
const maxDepth = 1000;

/** @throws YamlError `UnsupportedValue` for functions, NaN, infinities and values that contain themselves */
export function writeJson(value: GoValue, style: JsonStyle = {}): string {
  const escape = style.escapeHtml === false ? escapeRaw : escapeForHtml;
  const indent = style.indent ?? '';
  let nodes = 0;
  const write = (item: GoValue | JsonFields, depth: number): string => {
    nodes += 1;
    if (nodes > mostNodes)
      throw new YamlError('UnsupportedValue', `json: more than ${mostNodes} values`);
    if (item === null) return 'null';
    if (typeof item === 'string') return escape(item);
    if (typeof item === 'boolean') return item ? 'true' : 'false';
    if (typeof item === 'number') {
      if (Number.isFinite(item)) return formatJsonFloat(item);
      throw new YamlError('UnsupportedValue', `json: unsupported value: ${formatFloat(item)}`);
    }
    if (item instanceof GoInt) return item.value.toString();
    if (item instanceof Uint8Array) return isNil(item) ? 'null' : `"${base64(item)}"`;
    if (depth > maxDepth) {
      throw new YamlError('UnsupportedValue', 'json: unsupported value: encountered a cycle');
    }
    if (Array.isArray(item)) {
      return group(
        '[',
        ']',
        item.map((part) => write(part, depth + 1)),
        depth,
      );
    }
    const colon = indent === '' ? ':' : ': ';
    if (item instanceof Map) {
      const keys = [...item.keys()].sort(compareText);
      return group(
        '{',
        '}',
        keys.map((key) => escape(key) + colon + write(item.get(key) ?? null, depth + 1)),
        depth,
      );
    }
    if (item instanceof JsonFields) {
      return group(
        '{',
        '}',
        item.fields.map(([key, part]) => escape(key) + colon + write(part, depth + 1)),
        depth,
      );
    }
    if (isMarshaler(item)) return write(item.toJsonValue(), depth);
    throw unsupported(item);
  };
  const group = (open: string, close: string, parts: string[], depth: number): string => {
    if (parts.length === 0) return open + close;
    if (indent === '') return open + parts.join(',') + close;
    const pad = `\n${indent.repeat(depth + 1)}`;
    return `${open}${pad}${parts.join(`,${pad}`)}\n${indent.repeat(depth)}${close}`;
  };
  return write(value, 0);
}

function unsupported(item: GoObject): YamlError {
  return new YamlError('UnsupportedValue', `json: unsupported type: ${item.goType}`);
}

const unsafe = /[\0-\x1f"\\\u2028\u2029\ud800-\udfff]/;

const unsafeInHtml = /[\0-\x1f"\\<>&\u2028\u2029\ud800-\udfff]/;

/** Text with a replacement character for each half of a surrogate pair that stands alone. */
export function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
}

function escapeRaw(text: string): string {
  if (!unsafe.test(text)) return `"${text}"`;
  return escapeLoose(JSON.stringify(text)).replaceAll(/[\u2028\u2029]/g, escapeUnit);
}

function escapeForHtml(text: string): string {
  if (!unsafeInHtml.test(text)) return `"${text}"`;
  return escapeLoose(JSON.stringify(text)).replaceAll(/[<>&\u2028\u2029]/g, escapeUnit);
}

/** JSON.stringify writes lone surrogates, which stand for loose bytes, as escapes; Go one and the same for all. */
function escapeLoose(json: string): string {
  if (!json.includes('\\ud')) return json;
  return json.replaceAll(/\\\\|\\ud[89a-f][0-9a-f]{2}/g, (match) =>
    match === '\\\\' ? match : '\\ufffd',
  );
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

export function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
