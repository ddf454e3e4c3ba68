/** Fields, map entries and methods: `.a.b`, `$x.a`, `(…).a` (evalField of text/template/exec.go). */
import { GoInt, GoTypedMap, quote } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { compileCall } from './call.ts';
import type { Argument, Evaluate, EvaluateWith } from './call.ts';
import { problem } from './errors.ts';
import type { Struct } from './function.ts';
import type { Operand } from './nodes.ts';
import type { Frame } from './run.ts';
import { entriesOf, holdsInterfaces, typeOf, zeroElement } from './value.ts';

/**
 * @param receiver leaves in `run.boxed` whether its value is an `interface {}`
 * @param args of the last name, should it be a method
 */
export function compileFields(
  receiver: Evaluate,
  node: Operand,
  names: readonly string[],
  args: readonly Argument[],
): EvaluateWith {
  const last = names.at(-1) ?? '';
  const path = names.slice(0, -1);
  return (frame, final) => {
    const { run } = frame;
    run.node = node;
    let value = receiver(frame);
    for (const name of path) value = getField(frame, node, value, name, [], undefined);
    return getField(frame, node, value, last, args, final);
  };
}

/** Leaves in `run.boxed` whether what it found is an `interface {}`. */
function getField(
  frame: Frame,
  node: Operand,
  receiver: GoValue,
  name: string,
  args: readonly Argument[],
  final: GoValue | undefined,
): GoValue {
  const { run } = frame;
  const hasArguments = args.length > 0 || final !== undefined;
  if (receiver instanceof Map && !hasArguments) {
    const found = receiver.get(name);
    if (found !== undefined) {
      run.boxed = true;
      return found;
    }
  }
  if (receiver instanceof GoTypedMap && !hasArguments && !('goMethod' in receiver)) {
    const found = receiver.entries.get(name);
    if (found !== undefined) {
      run.boxed = holdsInterfaces(receiver);
      return found;
    }
  }
  const { boxed } = run;
  run.boxed = false;
  if (receiver === null) {
    if (boxed) return problem(`nil pointer evaluating interface {}.${name}`);
    return run.missingKey === 'error' ? problem(`nil data; no entry for key ${quote(name)}`) : null;
  }
  const struct = asStruct(receiver);
  const method = struct?.goMethod?.(name);
  if (method !== undefined) {
    const result = compileCall(name, method, args, node)(frame, final);
    run.boxed = false;
    return result;
  }
  const entries = entriesOf(receiver);
  if (entries !== undefined) {
    if (hasArguments) return problem(`${name} is not a method but has arguments`);
    run.boxed = holdsInterfaces(receiver);
    const found = entries.get(name);
    if (found !== undefined) return found;
    return run.missingKey === 'error'
      ? problem(`map has no entry for key ${quote(name)}`)
      : zeroElement(receiver);
  }
  const field = struct?.goField?.(name);
  if (field !== undefined) {
    return hasArguments
      ? problem(`${name} has arguments but cannot be invoked as function`)
      : field;
  }
  const type = boxed ? 'interface {}' : typeOf(receiver);
  return problem(`can't evaluate field ${name} in type ${type}`);
}

function asStruct(value: GoValue): Struct | undefined {
  if (
    typeof value !== 'object' ||
    value === null ||
    Array.isArray(value) ||
    value instanceof Map ||
    value instanceof GoInt ||
    value instanceof Uint8Array
  ) {
    return undefined;
  }
  return value;
}
