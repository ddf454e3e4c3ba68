/**
 * How `merge` and `mergeOverwrite` fill one dictionary from another (mergo 1.0.1, `deepMerge`).
 *
 * An empty value on the left counts as missing; lists are replaced, never joined. Where types do not fit, Go's reflect
 * panics, and templates see its words.
 */
import type { Struct } from '../template/mod.ts';
import { GoObject, GoTypedMap } from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { SprigError } from './errors.ts';
import { entriesOf, fieldsOf, isEmpty, kindOf, typeOf } from './reflection.ts';
import { SemverValue } from './semver.ts';

/** Values that cannot be merged: an error of mergo's own, which only the `must` functions tell. */
export class UnlikeError extends SprigError {
  constructor() {
    super('src and dst must be of same type');
  }
}

export const mergeInto = (into: GoMap, from: GoMap, overwrite: boolean): void =>
  mergeEntries(into, from, overwrite);

/** What stands on the left when something is merged into it; scalars stay, whatever comes. */
function mergeValues(into: GoValue, from: GoValue, overwrite: boolean): void {
  switch (kindOf(into)) {
    case 'map':
      if (into instanceof GoTypedMap && into.isNil) return;
      if (kindOf(from) === 'map') mergeEntries(into, from, overwrite);
      return;
    case 'struct':
      if (fieldsOf(into) === undefined) return;
      if (kindOf(from) !== 'struct') throw noField(from);
      return mergeFields(into, from, overwrite);
    case 'ptr':
      return mergePointers(into, from, overwrite);
    default:
  }
}

function mergeEntries(into: GoValue, from: GoValue, overwrite: boolean): void {
  const target = entriesOf(into) ?? new Map<string, GoValue>();
  const [held, given] = [elementType(into), elementType(from)];
  const set = (key: string, value: GoValue, type: string): void => {
    if (held !== 'interface {}' && held !== type)
      throw new SprigError(
        `reflect.Value.SetMapIndex: value of type ${type} is not assignable to type ${held}`,
      );
    target.set(key, value);
  };
  for (const [key, source] of entriesOf(from) ?? []) {
    if (source === null) {
      if (overwrite) set(key, null, given);
      continue;
    }
    const present = target.get(key);
    const kind = kindOf(source);
    const isMissing = present === undefined || isEmpty(present);
    if (kind === 'struct' || kind === 'ptr' || kind === 'map') {
      mergeValues(present ?? null, source, overwrite);
    } else if (kind === 'slice') {
      if (present !== undefined && held === 'string') throw noNil(present);
      const kept = present ?? source;
      const replaced = overwrite || target.size === 0 ? source : kept;
      set(key, replaced, typeOf(replaced));
    }
    if (!isMissing && (kind === 'slice' || (kind === 'map' && kindOf(present) === 'map'))) continue;
    if (overwrite || isMissing) set(key, source, given);
  }
}

const noNil = (value: GoValue): SprigError =>
  new SprigError(`reflect: call of reflect.Value.IsNil on ${kindOf(value)} Value`);

/** The type that a map declares for what it holds. */
function elementType(map: GoValue): string {
  if (!(map instanceof GoTypedMap) || map.goType === 'chartutil.Values') return 'interface {}';
  return map.goType === 'engine.files' ? '[]uint8' : map.goType.replace(/^map\[[^\]]*\]/, '');
}

/** Fields themselves cannot be set, maps within them can. */
function mergeFields(into: GoValue, from: GoValue, overwrite: boolean): void {
  const others = allFieldsOf(from);
  for (const [at, [, field]] of (fieldsOf(into) ?? []).entries()) {
    const other = others[at];
    if (other === undefined) throw new SprigError('reflect: Field index out of range');
    mergeValues(field, other[1], overwrite);
  }
}

function allFieldsOf(value: GoValue): readonly (readonly [string, GoValue])[] {
  if (!(value instanceof GoObject)) return [];
  const struct: Struct = value;
  return struct.goFields?.() ?? struct.goPrivateFields?.() ?? [];
}

const noField = (value: GoValue): SprigError =>
  new SprigError(`reflect: call of reflect.Value.Field on ${kindOf(value)} Value`);

function mergePointers(into: GoValue, from: GoValue, overwrite: boolean): void {
  if (into === from) return;
  if (kindOf(from) !== 'ptr') {
    if (overwrite) return;
    throw new UnlikeError();
  }
  if (!(into instanceof SemverValue)) return mergeFields(into, from, overwrite);
  if (!overwrite) return;
  if (!(from instanceof SemverValue))
    throw new SprigError(
      `reflect.Set: value of type ${typeOf(from).slice(1)} is not assignable to type semver.Version`,
    );
  into.version = from.version;
}
