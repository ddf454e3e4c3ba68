/** Calls of functions and methods (evalCall of text/template/exec.go). */
import { GoObject, quote } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { builtins, calling } from './builtins.ts';
import { convert } from './convert.ts';
import { ExecutionProblem, problem, TemplateError } from './errors.ts';
import type { ParamType, Struct, TemplateFunction } from './function.ts';
import { printOperand } from './nodes.ts';
import type { Command, Operand } from './nodes.ts';
import { charge, isStackOverflow } from './run.ts';
import type { Frame } from './run.ts';
import { isTrue } from './value.ts';

export type Evaluate = (frame: Frame) => GoValue;
/** `undefined` stands for "no final argument". */
export type EvaluateWith = (frame: Frame, final: GoValue | undefined) => GoValue;
/** An argument, to be evaluated for a parameter of a type. */
export type Argument = (type: ParamType) => Evaluate;

/**
 * @param node what errors of the call itself point at
 * @param firstArgument as errors name it
 */
export function compileNamedCall(
  name: string,
  head: Operand,
  args: readonly Argument[],
  node: Operand | Command,
  firstArgument?: Operand,
): EvaluateWith {
  if (name === 'and' || name === 'or') return compileShortCircuit(name, head, args);
  const own =
    name === 'call' && firstArgument !== undefined
      ? calling(printOperand(firstArgument))
      : builtins[name];
  let known: TemplateFunction | undefined;
  let call: EvaluateWith | undefined;
  return (frame, final) => {
    const { run } = frame;
    run.node = head;
    const fn = run.functions[name] ?? own;
    if (fn === undefined) return problem(`${quote(name)} is not a defined function`);
    if (call === undefined || fn !== known) {
      known = fn;
      call = compileCall(name, fn, args, node);
    }
    return call(frame, final);
  };
}

/** Evaluates no more arguments than decide. */
function compileShortCircuit(
  name: 'and' | 'or',
  head: Operand,
  args: readonly Argument[],
): EvaluateWith {
  const evaluated = args.map((argument) => argument('any'));
  return (frame, final) => {
    frame.run.node = head;
    if (evaluated.length === 0 && final === undefined)
      return problem(`wrong number of args for ${name}: want at least 1 got 0`);
    let value: GoValue = null;
    for (const evaluate of evaluated) {
      value = evaluate(frame);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return final === undefined ? value : final;
  };
}

function copied(value: GoValue): GoValue {
  if (!(value instanceof GoObject)) return value;
  const struct: Struct = value;
  return struct.copied?.() ?? value;
}

export function compileCall(
  name: string,
  fn: TemplateFunction,
  args: readonly Argument[],
  node: Operand | Command,
): EvaluateWith {
  const { params, rest } = fn;
  const typeAt = (at: number): ParamType => params[at] ?? rest ?? 'any';
  const evaluated = args.map((argument, at) => argument(typeAt(at)));
  const finalType = typeAt(args.length);
  // Go's own functions take reflect.Value, which keeps the address; a copy has no methods of the pointer.
  const pass = Object.hasOwn(builtins, name) ? (value: GoValue) => value : copied;
  return (frame, final) => {
    const count = args.length + (final === undefined ? 0 : 1);
    if (rest === undefined ? count !== params.length : count < params.length) {
      problem(
        rest === undefined
          ? `wrong number of args for ${name}: want ${params.length} got ${count}`
          : `wrong number of args for ${name}: want at least ${params.length} got ${args.length}`,
      );
    }
    const values: GoValue[] = [];
    for (const evaluate of evaluated) values.push(pass(evaluate(frame)));
    if (final !== undefined) values.push(pass(convert(final, finalType, false)));
    try {
      const result = fn.call(values, frame.run.set);
      charge(frame.run, result);
      return result;
    } catch (thrown) {
      if (thrown instanceof TemplateError && thrown.reason === 'TemplateLimit') throw thrown;
      if (!(thrown instanceof Error) || isStackOverflow(thrown)) throw thrown;
      frame.run.node = node;
      throw new ExecutionProblem(`error calling ${name}: ${thrown.message}`, { cause: thrown });
    }
  };
}
