/** The digest of values: over their YAML with the keys of every table in the order of bytes (fluxcd/pkg chartutil). Pure. */
import { createHash } from 'node:crypto';
import { GoObject } from '../../lib/helm/values/mod.ts';
import type { GoMap, GoValue } from '../../lib/helm/values/mod.ts';
import { compareText, JsonFields, toYaml } from '../../lib/helm/yaml/mod.ts';

/** @returns `<algorithm>:<hex>`; no values have the digest of nothing */
export function digestValues(values: GoMap, algorithm: 'sha256' | 'sha1' = 'sha256'): string {
  const hash = createHash(algorithm);
  if (values.size > 0) hash.update(toYaml(ordered(values)));
  return `${algorithm}:${hash.digest('hex')}`;
}

/** A table that is written in the order of its fields. */
class Ordered extends GoObject {
  readonly goType = 'struct';
  readonly #fields: JsonFields;

  constructor(fields: readonly (readonly [string, GoValue])[]) {
    super();
    this.#fields = new JsonFields(fields);
  }

  toJsonValue(): JsonFields {
    return this.#fields;
  }
}

function ordered(value: GoValue): GoValue {
  if (Array.isArray(value)) return value.map(ordered);
  if (!(value instanceof Map)) return value;
  const fields = [...value].sort(([a], [b]) => compareText(a, b));
  return new Ordered(fields.map(([key, item]) => [key, ordered(item)] as const));
}
