/** Values to block YAML. */
import { bytesOfText, GoInt, GoSlice, GoTypedMap, hasLooseBytes, isNil } from '../values/mod.ts';
import type { GoObject, GoValue } from '../values/mod.ts';
import { YamlError } from './errors.ts';
import { base64, JsonFields, mostNodes, wellFormed } from './json-write.ts';
import type { JsonMarshaler } from './json-write.ts';
import { formatFloat, formatJsonFloat } from './number.ts';
import { parseYaml } from './read.ts';
import { compareKeys } from './sort-keys.ts';
import { isSimpleKey, writeString } from './write-scalar.ts';
import type { ScalarRules } from './write-scalar.ts';

interface Style {
  /** Lists under a key stand two columns deeper than the key (yaml/v3), or level with it (v2). */
  indentLists: boolean;
  /** Through JSON and back, as sigs.k8s.io/yaml does: whole floats become integers. */
  throughJson: boolean;
  scalars: ScalarRules;
}

/** A style, and how many values were written. */
interface Counting extends Style {
  nodes: { count: number };
}

const compact: Style = {
  indentLists: false,
  throughJson: true,
  scalars: { tabsInBlocks: false, width: 80 },
};

const pretty: Style = {
  indentLists: true,
  throughJson: false,
  scalars: { tabsInBlocks: true, width: Infinity },
};

type Scalar = null | boolean | string | number | bigint | PlainText | PlainBinary;
type Plain = Scalar | Plain[] | Map<string, Plain>;

/** A scalar that is written as it is. */
class PlainText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Bytes that are no text, in base64. */
class PlainBinary {
  readonly base64: string;

  constructor(base64: string) {
    this.base64 = base64;
  }
}

/** A text that has bytes of no character. */
const binaryOf = (text: string): PlainBinary | undefined =>
  hasLooseBytes(text) ? new PlainBinary(base64(bytesOfText(text))) : undefined;

/** The fields of a struct, which keep their order. */
class PlainStruct extends Map<string, Plain> {}

/**
 * Writes a value as `sigs.k8s.io/yaml` does: keys sorted, lists level with their key, long lines folded.
 *
 * @returns text with a line feed at its end
 * @throws YamlError `UnsupportedValue` when a value has no JSON form, `InvalidYaml` when YAML cannot carry a character
 */
export function toYaml(value: GoValue): string {
  return `${write(value, compact)}\n`;
}

/** Writes a value as yaml/v3 does with an indentation of two: lists stand deeper than their key. */
export function toYamlPretty(value: GoValue): string {
  return `${write(value, pretty)}\n`;
}

function write(value: GoValue, style: Style): string {
  const plain = toPlain(value, { ...style, nodes: { count: 0 } }, 0);
  if (plain instanceof Map) return plain.size === 0 ? '{}' : writeMap(plain, 0, true, style);
  if (Array.isArray(plain)) return plain.length === 0 ? '[]' : writeList(plain, 0, true, style);
  return writeScalar(plain, 2, 0, style);
}

function writeMap(map: Map<string, Plain>, indent: number, inline: boolean, style: Style): string {
  const pad = `\n${' '.repeat(indent)}`;
  const keys = [...map.keys()];
  if (!(map instanceof PlainStruct)) keys.sort(compareKeys);
  let out = '';
  for (const key of keys) {
    if (!inline || out !== '') out += pad;
    const value = map.get(key) ?? null;
    const binary = style.throughJson ? undefined : binaryOf(key);
    if (binary === undefined ? isSimpleKey(key) : isShort(binary.base64)) {
      const name =
        binary === undefined
          ? writeString(key, { indent: indent + 2, column: indent, asKey: true }, style.scalars)
          : writeScalar(binary, indent + 2, indent, style);
      out += `${name}:${writeUnder(value, indent, indent + name.length + 2, style)}`;
    } else {
      const name = writeScalar(binary ?? key, indent + 2, indent + 2, style);
      out += `? ${name}${pad}: ${writeInline(value, indent + 2, style)}`;
    }
  }
  return out;
}

/** A value behind `key:`, with the blank or line break before it. */
function writeUnder(value: Plain, indent: number, column: number, style: Style): string {
  const pad = ' '.repeat(indent + 2);
  if (value instanceof Map) {
    return value.size === 0 ? ' {}' : `\n${pad}${writeMap(value, indent + 2, true, style)}`;
  }
  if (Array.isArray(value)) {
    if (value.length === 0) return ' []';
    const listIndent = style.indentLists ? indent + 2 : indent;
    return `\n${' '.repeat(listIndent)}${writeList(value, listIndent, true, style)}`;
  }
  return ` ${writeScalar(value, indent + 2, column, style)}`;
}

function writeList(list: Plain[], indent: number, inline: boolean, style: Style): string {
  const pad = `\n${' '.repeat(indent)}`;
  let out = '';
  for (const item of list) {
    if (!inline || out !== '') out += pad;
    out += `- ${writeInline(item, indent + 2, style)}`;
  }
  return out;
}

function writeInline(value: Plain, indent: number, style: Style): string {
  if (value instanceof Map) return value.size === 0 ? '{}' : writeMap(value, indent, true, style);
  if (Array.isArray(value)) {
    return value.length === 0 ? '[]' : writeList(value, indent, true, style);
  }
  return writeScalar(value, indent, indent, style);
}

function writeScalar(value: Scalar, indent: number, column: number, style: Style): string {
  if (value === null) return 'null';
  if (value instanceof PlainText) return value.text;
  if (value instanceof PlainBinary) return `!!binary ${binaryText(value.base64, indent)}`;
  if (typeof value === 'string') {
    return writeString(value, { indent, column, asKey: false }, style.scalars);
  }
  if (typeof value !== 'number') return String(value);
  if (Number.isNaN(value)) return '.nan';
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf';
  return formatFloat(value);
}

const isShort = (base64: string): boolean => base64.length < 70;

/** Long ones in lines, as a block. */
function binaryText(text: string, indent: number): string {
  const lines = text.match(/.{1,70}/g) ?? [];
  return isShort(text) ? text : ['|', ...lines].join(`\n${' '.repeat(indent)}`);
}

const maxDepth = 1000;
/** Characters that JSON leaves as they are and YAML refuses or folds. */
const troubled = /[\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]/;

function toPlain(value: GoValue | JsonFields, style: Counting, depth: number): Plain {
  style.nodes.count += 1;
  if (style.nodes.count > mostNodes)
    throw new YamlError('UnsupportedValue', `yaml: more than ${mostNodes} values`);
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    if (style.throughJson) return troubled.test(value) ? reread(value) : value;
    return binaryOf(value) ?? value;
  }
  if (typeof value === 'number') return style.throughJson ? wholeNumber(value) : value;
  if (value instanceof GoInt) return value.value;
  if (depth > maxDepth) throw new YamlError('UnsupportedValue', 'value contains itself');
  if (value instanceof Uint8Array) {
    if (style.throughJson) return isNil(value) ? null : base64(value);
    return [...value].map((byte) => BigInt(byte));
  }
  if (Array.isArray(value)) return value.map((item) => toPlain(item, style, depth + 1));
  const map = new Map<string, Plain>();
  if (value instanceof Map) {
    for (const [key, item] of value) {
      const name = style.throughJson && troubled.test(key) ? rereadKey(key) : key;
      map.set(name, toPlain(item, style, depth + 1));
    }
    return map;
  }
  if (value instanceof JsonFields) {
    for (const [key, item] of value.fields) map.set(key, toPlain(item, style, depth + 1));
    return map;
  }
  const own = style.throughJson ? undefined : reflected(value, style, depth);
  if (own !== undefined) return own;
  if (isMarshaler(value)) return toPlain(value.toJsonValue(), style, depth + 1);
  throw new YamlError('UnsupportedValue', `json: unsupported type: ${value.goType}`);
}

/** What yaml/v3 sees in values that it looks into itself. */
function reflected(value: GoObject, style: Counting, depth: number): Plain | undefined {
  if (value instanceof GoSlice) return value.items.map((item) => toPlain(item, style, depth + 1));
  if (value instanceof GoTypedMap) return toPlain(value.entries, style, depth + 1);
  if (hasYamlText(value)) return new PlainText(value.yamlText());
  const fields = hasFields(value) ? value.goFields() : undefined;
  if (fields === undefined) return undefined;
  return new PlainStruct(
    fields.map(([name, item]) => [name.toLowerCase(), toPlain(item, style, depth + 1)]),
  );
}

/** Values with a YAML scalar of their own (times). */
function hasYamlText(value: GoObject): value is GoObject & { yamlText(): string } {
  return 'yamlText' in value && typeof value.yamlText === 'function';
}

function hasFields(
  value: GoObject,
): value is GoObject & { goFields(): readonly (readonly [string, GoValue])[] } {
  return 'goFields' in value && typeof value.goFields === 'function';
}

function isMarshaler(value: object): value is JsonMarshaler {
  return 'toJsonValue' in value && typeof value.toJsonValue === 'function';
}

/** What YAML makes of a string that JSON wrote. */
function reread(text: string): string {
  const value = parseYaml(JSON.stringify(wellFormed(text)));
  return typeof value === 'string' ? value : text;
}

function rereadKey(key: string): string {
  if (!key.includes('\x85')) return reread(key);
  // YAML takes it for a line break, and a key ends with its line.
  throw new YamlError('InvalidYaml', "yaml: did not find expected ',' or '}'");
}

/** JSON writes 3.0 as 3, and reading that gives an integer when it fits 64 bits. */
function wholeNumber(value: number): number | bigint {
  if (!Number.isFinite(value)) {
    throw new YamlError('UnsupportedValue', `json: unsupported value: ${formatFloat(value)}`);
  }
  if (!Number.isInteger(value) || value < -(2 ** 64) || value >= 2 ** 64) return value;
  // JSON writes no more digits than tell the number; with zeros behind them it may not fit any more.
  const whole = BigInt(jsonDigits(value));
  return whole >= -(2n ** 63n) && whole < 2n ** 64n ? whole : value;
}

/** Digits as JSON writes them; a float64 beyond 2^53 is cut to its shortest form there. */
function jsonDigits(value: number): string {
  return Object.is(value, -0) ? '0' : formatJsonFloat(value);
}
