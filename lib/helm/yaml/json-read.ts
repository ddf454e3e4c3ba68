/** encoding/json: text to values, with its messages. */
import type { GoMap, GoValue } from '../values/mod.ts';
import { YamlError } from './errors.ts';
import { findJsonProblem } from './json-problem.ts';
import { wellFormed } from './json-write.ts';
import { jsonKind } from './read.ts';

/** @throws YamlError `InvalidJson` with the words of Go's decoder */
export function parseJson(text: string): GoValue {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new YamlError('InvalidJson', findJsonProblem(text), { cause });
  }
  return toGo(parsed);
}

export function parseJsonMap(text: string): GoMap {
  const value = parseJson(text);
  if (value === null) return new Map();
  if (value instanceof Map) return value;
  throw mismatch(value, 'map[string]interface {}');
}

export function parseJsonArray(text: string): GoValue[] {
  const value = parseJson(text);
  if (value === null) return [];
  if (Array.isArray(value)) return value;
  throw mismatch(value, '[]interface {}');
}

function mismatch(value: GoValue, type: string): YamlError {
  return new YamlError(
    'InvalidJson',
    `json: cannot unmarshal ${jsonKind(value)} into Go value of type ${type}`,
  );
}

function toGo(parsed: unknown): GoValue {
  if (typeof parsed === 'string') return wellFormed(parsed);
  if (typeof parsed === 'number') {
    if (Number.isFinite(parsed)) return parsed;
    throw new YamlError(
      'InvalidJson',
      'json: cannot unmarshal number into Go value of type float64',
    );
  }
  if (typeof parsed === 'boolean') return parsed;
  if (Array.isArray(parsed)) return parsed.map(toGo);
  const map: GoMap = new Map();
  if (typeof parsed === 'object' && parsed !== null) {
    for (const [key, value] of Object.entries(parsed)) map.set(wellFormed(key), toGo(value));
    return map;
  }
  return null;
}
