/** How a function is declared: its Go parameter types in words, so that whoever calls it can convert and complain. */
import { GoInt, GoSlice, GoTypedMap } from '../values/mod.ts';
import type { GoMap, GoObject, GoValue } from '../values/mod.ts';
import { goTypeOfParam } from '../template/mod.ts';
import type { ParamType, TemplateFunction, TemplateSet } from '../template/mod.ts';
import { SprigError } from './errors.ts';

export type SprigFunction = TemplateFunction;

export type SprigFunctions = Readonly<Record<string, SprigFunction>>;

/**
 * Declares a function, for example `fn('string ...any', ([text, ...rest]) => …)`.
 *
 * @param signature parameter types in order; a leading `...` marks the variadic one
 */
export function fn(
  signature: string,
  call: (args: readonly GoValue[], caller: TemplateSet) => GoValue,
): SprigFunction {
  const words = signature === '' ? [] : signature.split(' ');
  const last = words.at(-1) ?? '';
  const rest = last.startsWith('...') ? paramType(last.slice(3)) : undefined;
  const params = (rest === undefined ? words : words.slice(0, -1)).map(paramType);
  return { params, rest, call };
}

function paramType(word: string): ParamType {
  const known = Object.keys(goTypeOfParam).find((each) => each === word);
  if (known === undefined) throw new TypeError(`no parameter type ${word}`);
  return known as ParamType;
}

/** A string argument. */
export function text(value: GoValue | undefined): string {
  if (typeof value === 'string') return value;
  throw mismatch('string');
}

/** An int argument, as a JavaScript number (lengths, counts). */
export function count(value: GoValue | undefined): number {
  if (value instanceof GoInt) return Number(value.value);
  throw mismatch('int');
}

export function float(value: GoValue | undefined): number {
  if (typeof value === 'number') return value;
  throw mismatch('float64');
}

export function dict(value: GoValue | undefined): GoMap {
  if (value instanceof Map) return value;
  // Only a nil one is of this class.
  if (value instanceof GoTypedMap && value.goType === goTypeOfParam.dict) return new Map();
  throw mismatch('map[string]interface {}');
}

/** An `interface {}` argument. */
export function any(value: GoValue | undefined): GoValue {
  return value === undefined ? null : value;
}

export function strings(items: readonly string[]): GoObject {
  return new GoSlice('[]string', items);
}

function mismatch(wanted: string): SprigError {
  return new SprigError(`wrong type for value; expected ${wanted}`);
}
