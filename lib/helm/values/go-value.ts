/**
 * Values of Go's types, as templates see them.
 *
 * Templates can tell an int64 from a float64 (`--set` gives one, a values file the other), so JavaScript's single
 * number type is not enough.
 *
 * | Go | here |
 * |---|---|
 * | `nil` | `null` |
 * | `bool`, `string`, `float64` | `boolean`, `string`, `number` |
 * | every integer type | `GoInt`, which carries its type |
 * | `[]interface{}` | `Array` |
 * | `map[string]interface{}` | `Map` (insertion order; templates see sorted keys) |
 * | `[]byte` | `Uint8Array` |
 * | structs, `time.Time`, funcs, typed slices and maps | the engine's own classes |
 *
 * `undefined` never appears inside a value: it is the absence of one (a missing map key).
 */
export type GoValue =
  null | boolean | string | number | GoInt | Uint8Array | GoValue[] | GoMap | GoObject;

export type GoMap = Map<string, GoValue>;

export type IntKind =
  'int' | 'int8' | 'int16' | 'int32' | 'int64' | 'uint' | 'uint8' | 'uint16' | 'uint32' | 'uint64';

/** Base of every engine-side value that is none of the plain shapes (structs, times, typed collections, functions). */
export abstract class GoObject {
  /** As `%T` prints it, for example `time.Time`. */
  abstract readonly goType: string;
}

/** A pointer of which only its address shows. */
export class GoPointer extends GoObject {
  readonly goType: string;
  readonly isNil: boolean;

  constructor(goType: string, isNil: boolean) {
    super();
    this.goType = goType;
    this.isNil = isNil;
  }
}

const small: (GoInt | undefined)[] = [];

/** An integer with its Go type; `value` is always in the range of the type. */
export class GoInt {
  readonly kind: IntKind;
  readonly value: bigint;

  constructor(kind: IntKind, value: bigint) {
    this.kind = kind;
    this.value = value;
  }

  /** An `int` (literals, lengths, indexes); small ones are shared. */
  static int(value: number): GoInt {
    if (value >= 0 && value < 256) return (small[value] ??= new GoInt('int', BigInt(value)));
    return new GoInt('int', BigInt(value));
  }

  /** An `int64` (sprig arithmetic, `--set`), wrapped to 64 bits. */
  static int64(value: bigint): GoInt {
    return new GoInt('int64', BigInt.asIntN(64, value));
  }
}
