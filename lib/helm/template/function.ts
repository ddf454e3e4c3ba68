/** How a template calls into TypeScript and back: functions, values with fields and methods, sets of templates. */
import type { GoObject, GoValue } from '../values/mod.ts';

/** Go parameter types; `any` is `interface {}`, `value` is `reflect.Value` (no value at all is `noValue`), `dict` is `map[string]interface {}`, `list` is `[]interface {}`. */
export type ParamType =
  | 'any'
  | 'value'
  | 'string'
  | 'int'
  | 'uint32'
  | 'float64'
  | 'bool'
  | 'dict'
  | 'list'
  | 'time'
  | 'certificate'
  | 'version';

export const goTypeOfParam: Readonly<Record<ParamType, string>> = {
  any: 'interface {}',
  value: 'reflect.Value',
  string: 'string',
  int: 'int',
  uint32: 'uint32',
  float64: 'float64',
  bool: 'bool',
  dict: 'map[string]interface {}',
  list: '[]interface {}',
  time: 'time.Time',
  certificate: 'sprig.certificate',
  version: '*semver.Version',
};

export interface TemplateFunction {
  readonly params: readonly ParamType[];
  /** Type of the remaining arguments of a variadic function. */
  readonly rest: ParamType | undefined;
  /**
   * Gets arguments of the declared types; what it throws becomes `error calling NAME: …`.
   *
   * @param caller the templates that the calling one belongs to
   */
  readonly call: (args: readonly GoValue[], caller: TemplateSet) => GoValue;
}

export type TemplateFunctions = Readonly<Record<string, TemplateFunction>>;

/** A struct as templates see it. */
export interface Struct extends GoObject {
  /** Names and values of a struct's fields in Go's order: how it prints when it has no text of its own. */
  goFields?(): readonly (readonly [string, GoValue])[];
  /** Those that only verbs such as `%d` show. */
  goPrivateFields?(): readonly (readonly [string, GoValue])[];
  /** What an action prints, where that differs: methods of the pointer count there. */
  printed?(): string | undefined;
  /** What functions get of it, where that differs: a copy without an address. */
  copied?(): GoObject;
  /** Of a map whose keys are no strings: what `range` goes over, in its order. */
  goEntries?(): readonly (readonly [GoValue, GoValue])[];
  /** `undefined` when there is no such field. */
  goField?(name: string): GoValue | undefined;
  goMethod?(name: string): TemplateFunction | undefined;
}

/** Templates that know one another by name. */
export interface TemplateSet {
  /**
   * Parses a file and adds what it defines; a later definition replaces an earlier one, unless it is empty.
   *
   * @throws TemplateError `TemplateSyntax`
   */
  parse(name: string, text: string): void;
  has(name: string): boolean;
  names(): string[];
  /**
   * A set that has these templates too; what is added to it is not seen here. Costs nothing.
   *
   * @param without name of a template that the new set does not have
   */
  extend(without?: string): TemplateSet;
  /**
   * @param functions must hold every function that was known when parsing
   * @throws TemplateError `TemplateFailed` with Go's message, `TemplateLimit`
   */
  execute(name: string, dot: GoValue, functions: TemplateFunctions): string;
}
