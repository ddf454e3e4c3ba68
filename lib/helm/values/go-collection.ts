/** Slices and maps whose Go element type templates can tell (`[]string`, `map[string]string`, `[]int`). */
import { GoObject } from './go-value.ts';
import type { GoMap, GoValue } from './go-value.ts';

/** `[]byte(nil)`, as against bytes of which there are none. */
export const nilBytes = new Uint8Array();

/** Whether a value is nil, of whatever type. */
export const isNil = (value: GoValue): boolean =>
  value === null ||
  value === nilBytes ||
  ((value instanceof GoSlice || value instanceof GoTypedMap) && value.isNil);

/** A slice of another type than `[]interface {}`. */
export class GoSlice extends GoObject {
  readonly goType: string;
  readonly items: readonly GoValue[];
  /** A nil slice: as an empty one, but `%#v` and TOML tell them apart. */
  readonly isNil: boolean;

  constructor(goType: string, items: readonly GoValue[], isNil = false) {
    super();
    this.goType = goType;
    this.items = items;
    this.isNil = isNil;
  }

  toJsonValue(): GoValue {
    return this.isNil ? null : [...this.items];
  }
}

/** A map of another type than `map[string]interface {}`. */
export class GoTypedMap extends GoObject {
  readonly goType: string;
  readonly entries: GoMap;
  readonly isNil: boolean;

  constructor(goType: string, entries: GoMap, isNil = false) {
    super();
    this.goType = goType;
    this.entries = entries;
    this.isNil = isNil;
  }

  toJsonValue(): GoValue {
    return this.isNil ? null : this.entries;
  }
}
