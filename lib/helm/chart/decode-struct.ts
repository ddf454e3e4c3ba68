/** Reading parsed YAML into typed records as Go's decoder reads it into structs. */
import type { GoMap, GoValue } from '../values/mod.ts';
import { GoInt } from '../values/mod.ts';
import { formatFloat } from '../yaml/mod.ts';
import { HelmError } from './errors.ts';

/** Typed access to the fields of one mapping. Field names match exactly or, failing that, in any letter case. */
export class FieldReader {
  readonly #map: GoMap;
  readonly #path: string;
  readonly #what: string;

  /**
   * @param path of the struct in messages, for example `Metadata`
   * @param what is put before the message: `cannot load Chart.yaml`
   */
  constructor(map: GoMap, path: string, what: string) {
    this.#map = map;
    this.#path = path;
    this.#what = what;
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  text(name: string): string | undefined {
    const value = this.#find(name);
    if (value === undefined || value === null) return undefined;
    return this.#scalarText(value, `${this.#path}.${name}`);
  }

  flag(name: string): boolean | undefined {
    const value = this.#find(name);
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'boolean') return value;
    throw this.#mismatch(value, `${this.#path}.${name}`, 'bool');
  }

  texts(name: string): string[] | undefined {
    return this.#list(name, 'string')?.map((item) =>
      item === null ? '' : this.#scalarText(item, `${this.#path}.${name}`),
    );
  }

  values(name: string): GoValue[] | undefined {
    return this.#list(name, 'interface {}')?.map(plain);
  }

  textMap(name: string): Record<string, string> | undefined {
    const value = this.#find(name);
    if (value === undefined || value === null) return undefined;
    if (!(value instanceof Map))
      throw this.#mismatch(value, `${this.#path}.${name}`, 'map[string]string');
    return Object.fromEntries(
      [...value].map(([key, item]) => [
        key,
        item === null ? '' : this.#scalarText(item, `${this.#path}.${name}`),
      ]),
    );
  }

  /** One reader for each element; `null` elements stay `null`. */
  structs(name: string, type: string): (FieldReader | null)[] | undefined {
    return this.#list(name, `*chart.${type}`)?.map((item) => {
      if (item === null) return null;
      if (item instanceof Map) return new FieldReader(item, `${this.#path}.${name}`, this.#what);
      throw this.#mismatch(item, `${this.#path}.${name}`, `chart.${type}`);
    });
  }

  #list(name: string, elementType: string): GoValue[] | undefined {
    const value = this.#find(name);
    if (value === undefined || value === null) return undefined;
    if (Array.isArray(value)) return value;
    throw this.#mismatch(value, `${this.#path}.${name}`, `[]${elementType}`);
  }

  #find(name: string): GoValue | undefined {
    const exact = this.#map.get(name);
    if (exact !== undefined) return exact;
    const folded = name.toLowerCase();
    for (const [key, value] of this.#map) if (key.toLowerCase() === folded) return value;
    return undefined;
  }

  #scalarText(value: GoValue, path: string): string {
    if (typeof value === 'string') return value;
    if (typeof value === 'boolean') return String(value);
    if (typeof value === 'number') return formatFloat(value);
    if (value instanceof GoInt) return value.value.toString();
    throw this.#mismatch(value, path, 'string');
  }

  #mismatch(value: GoValue, path: string, type: string): HelmError {
    const kind =
      value instanceof Map
        ? 'object'
        : Array.isArray(value)
          ? 'array'
          : typeof value === 'boolean'
            ? 'bool'
            : typeof value === 'string'
              ? 'string'
              : 'number';
    return new HelmError(
      'InvalidChart',
      path,
      `${this.#what}: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go struct field ${path} of type ${type}`,
    );
  }
}

/** What an `interface {}` holds: every number a float64. */
function plain(value: GoValue): GoValue {
  if (value instanceof GoInt) return Number(value.value);
  if (Array.isArray(value)) return value.map(plain);
  return value instanceof Map
    ? new Map([...value].map(([key, item]) => [key, plain(item)]))
    : value;
}
