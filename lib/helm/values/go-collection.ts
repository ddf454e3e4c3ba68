/** Slices and maps whose Go element type templates can tell (`[]string`, `map[string]string`, `[]int`). */
import { GoObject } from './go-value.ts';
import type { GoMap, GoValue } from './go-value.ts';

/** A slice of another type than `[]interface {}`. */
export class GoSlice extends GoObject {
  readonly goType: string;
  readonly items: readonly GoValue[];

  constructor(goType: string, items: readonly GoValue[]) {
    super();
    this.goType = goType;
    this.items = items;
  }

  toJsonValue(): GoValue {
    return [...this.items];
  }
}

/** A map of another type than `map[string]interface {}`. */
export class GoTypedMap extends GoObject {
  readonly goType: string;
  readonly entries: GoMap;

  constructor(goType: string, entries: GoMap) {
    super();
    this.goType = goType;
    this.entries = entries;
  }

  toJsonValue(): GoValue {
    return this.entries;
  }
}
