/** Values for parameters: what Go accepts for a type, and its words for what it does not. */
import { GoInt, GoObject, GoTypedMap } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { GoComplex } from './complex.ts';
import { problem } from './errors.ts';
import { goTypeOfParam } from './function.ts';
import type { ParamType } from './function.ts';
import { printOperand } from './nodes.ts';
import type { Literal } from './nodes.ts';
import { typeOf } from './value.ts';

class NoValue extends GoObject {
  readonly goType = '<nil>';
}

/** Stands for no value at all, as against a nil `interface {}`, where a function can tell. */
export const noValue = new NoValue();

/**
 * A computed value as an argument.
 *
 * @param boxed a nil `interface {}` has a type, which is wrong; no value at all becomes the zero value where it can
 */
export function convert(value: GoValue, type: ParamType, boxed: boolean): GoValue {
  if (type === 'any') return value;
  if (type === 'value') return value === null && !boxed ? noValue : value;
  if (value === null) {
    if (boxed) return wrongType(type, 'interface {}');
    return zeroOf(type) ?? problem(`invalid value; expected ${goTypeOfParam[type]}`);
  }
  if (type === 'dict' && value instanceof GoTypedMap && value.goType === 'chartutil.Values')
    return value.entries;
  const given = typeOf(value);
  if (given === goTypeOfParam[type]) return value;
  return wrongType(type, given);
}

/** The zero value of a type that may be nil. */
function zeroOf(type: ParamType): GoValue | undefined {
  if (type === 'dict') return new GoTypedMap(goTypeOfParam.dict, new Map(), true);
  return type === 'list' ? [] : undefined;
}

function wrongType(type: ParamType, got: string): never {
  return problem(`wrong type for value; expected ${goTypeOfParam[type]}; got ${got}`);
}

/** `nil` as an argument. */
export function nilFor(type: ParamType): GoValue {
  if (type === 'any') return null;
  if (type === 'value') return noValue;
  return zeroOf(type) ?? problem(`cannot assign nil to ${goTypeOfParam[type]}`);
}

/** A literal as an argument; what is wrong with it is found out when it is evaluated. */
export function literalFor(node: Literal, type: ParamType): () => GoValue {
  const expected = (what: string) => () => problem(`expected ${what}; found ${printOperand(node)}`);
  const number = node.type === 'number' ? node.value : undefined;
  switch (type) {
    case 'any':
    case 'value':
      return node.type === 'number' ? idealConstant(node) : constant(node.value);
    case 'string':
      return node.type === 'string' ? constant(node.value) : expected('string');
    case 'bool':
      return node.type === 'bool' ? constant(node.value) : expected('bool');
    case 'int':
      return number?.int === undefined
        ? expected('integer')
        : constant(new GoInt('int', number.int));
    case 'uint32':
      return number?.uint === undefined
        ? expected('unsigned integer')
        : constant(new GoInt('uint32', BigInt.asUintN(32, number.uint)));
    case 'float64':
      return number?.float === undefined ? expected('float') : constant(number.float);
    case 'dict':
    case 'list':
    case 'time':
    case 'certificate':
    case 'version':
      return () =>
        problem(`can't handle ${printOperand(node)} for arg of type ${goTypeOfParam[type]}`);
  }
}

const constant = (value: GoValue) => () => value;

/** The value of a number where nothing asks for a type. */
export function idealConstant(node: Extract<Literal, { type: 'number' }>): () => GoValue {
  const { int, float, isFloatSyntax, complex } = node.value;
  if (complex !== undefined) return constant(new GoComplex(complex.real, complex.imaginary));
  if (isFloatSyntax && float !== undefined) return constant(float);
  if (int === undefined) return () => problem(`${node.text} overflows int`);
  return constant(new GoInt('int', int));
}
