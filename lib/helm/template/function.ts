/** How a template calls into TypeScript: functions, and values with fields and methods. */
import type { GoObject, GoValue } from '../values/mod.ts';

/** Go parameter types; `any` is `interface {}`, `dict` is `map[string]interface {}`. */
export type ParamType = 'any' | 'string' | 'int' | 'float64' | 'bool' | 'dict' | 'time';

export interface TemplateFunction {
  readonly params: readonly ParamType[];
  /** Type of the remaining arguments of a variadic function. */
  readonly rest: ParamType | undefined;
  /** Gets arguments of the declared types; what it throws becomes `error calling NAME: …`. */
  readonly call: (args: readonly GoValue[]) => GoValue;
}

export type TemplateFunctions = Readonly<Record<string, TemplateFunction>>;

/** A struct as templates see it. */
export interface Struct extends GoObject {
  /** `undefined` when there is no such field. */
  /** Names and values of a struct's fields in Go's order: how it prints when it has no text of its own. */
  goFields?(): readonly (readonly [string, GoValue])[];
  /** What an action prints, where that differs: methods of the pointer count there. */
  printed?(): string;
  goField?(name: string): GoValue | undefined;
  goMethod?(name: string): TemplateFunction | undefined;
}

export const goTypeOfParam: Readonly<Record<ParamType, string>> = {
  any: 'interface {}',
  string: 'string',
  int: 'int',
  float64: 'float64',
  bool: 'bool',
  dict: 'map[string]interface {}',
  time: 'time.Time',
};
