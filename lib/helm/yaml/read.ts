/** `sigs.k8s.io/yaml`: YAML, by way of JSON, into values. */
import type { GoMap, GoValue } from '../values/mod.ts';
import { decodeNode } from './decode.ts';
import { YamlError } from './errors.ts';
import { parseDocument } from './parser.ts';

export interface ReadOptions {
  /** Refuse a key that stands twice in a mapping (`UnmarshalStrict`). */
  strict?: boolean;
  /** Integers stay integers (`GoInt`), as where a struct's text is read from a number; else every number is a float64. */
  integers?: boolean;
}

/**
 * Reads the first document of a text; later documents are not looked at, an empty text is `null`.
 *
 * @throws YamlError `InvalidYaml`; the message is Go's (`error converting YAML to JSON: yaml: line 2: …`)
 */
export function parseYaml(text: string, options: ReadOptions = {}): GoValue {
  try {
    const node = parseDocument(text === '' ? '\n' : text);
    return node === undefined ? null : decodeNode(node, options);
  } catch (cause) {
    if (!(cause instanceof YamlError)) throw cause;
    throw new YamlError('InvalidYaml', `error converting YAML to JSON: ${cause.message}`, {
      cause,
    });
  }
}

/** Reads a document that must be a mapping (or nothing, which is an empty one). */
export function parseYamlMap(text: string, options: ReadOptions = {}): GoMap {
  const value = parseYaml(text, options);
  if (value === null) return new Map();
  if (value instanceof Map) return value;
  throw mismatch(value, 'map[string]interface {}');
}

/** Reads a document that must be a sequence (or nothing, which is an empty one). */
export function parseYamlArray(text: string): GoValue[] {
  const value = parseYaml(text);
  if (value === null) return [];
  if (Array.isArray(value)) return value;
  throw mismatch(value, '[]interface {}');
}

function mismatch(value: GoValue, type: string): YamlError {
  return new YamlError(
    'InvalidYaml',
    `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(value)} into Go value of type ${type}`,
  );
}

/** What encoding/json calls a value in its messages. */
export function jsonKind(value: GoValue): string {
  if (value instanceof Map) return 'object';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'string' : 'number';
}
