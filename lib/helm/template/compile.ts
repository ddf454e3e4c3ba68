/** Trees to closures: walked once, run as often as needed (semantics of text/template/exec.go, Go 1.24). */
import { GoInt, GoTypedMap } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { builtins } from './builtins.ts';
import { GoComplex } from './complex.ts';
import { ExecutionProblem, problem, TemplateError } from './errors.ts';
import { printedValue, sprintValue } from './format.ts';
import { goTypeOfParam } from './function.ts';
import type { ParamType, Struct, TemplateFunction } from './function.ts';
import { locate, printOperand, printPipe } from './nodes.ts';
import type { Command, Node, Operand, Pipe, Position, Tree } from './nodes.ts';
import {
  entriesOf,
  holdsInterfaces,
  isTrue,
  itemsOf,
  sortedKeys,
  typeOf,
  zeroElement,
} from './value.ts';

/** One template being executed. */
export interface Frame {
  dot: GoValue;
  slots: GoValue[];
  /** Whether dot, and each variable, is still an `interface {}` around its value (an element that range gave). */
  boxedDot: boolean;
  boxed: boolean[];
  run: Run;
}

/** What all frames of one execution share. */
export interface Run {
  out: string[];
  /** What is being evaluated; errors name it. */
  node: (Position & { type: string }) | undefined;
  tree: Tree;
  /** Whether the last field came out of a container of `interface {}`; messages tell the difference. */
  boxed: boolean;
  depth: number;
  meter: Meter;
  limits: Limits;
  functions: Readonly<Record<string, TemplateFunction>>;
  template: (name: string) => Compiled | undefined;
  missingKey: 'zero' | 'error';
}

/** What an execution has used; those that its functions start (`include`, `tpl`) count with it. */
export interface Meter {
  /** Nodes evaluated and turns of loops. */
  steps: number;
  /** Characters written. */
  written: number;
}

export interface Limits {
  /** Nested `template` actions. */
  depth: number;
  /** Nodes evaluated in one execution. */
  steps: number;
  /** Characters written in one execution. */
  outputLength: number;
}

export interface Compiled {
  tree: Tree;
  execute: (frame: Frame) => Control;
}

/** What a list of nodes asks the loop around it: 0 go on, 1 break, 2 continue. */
export type Control = 0 | 1 | 2;

type Evaluate = (frame: Frame) => GoValue;
/** `undefined` stands for "no final argument". */
type EvaluateWith = (frame: Frame, final: GoValue | undefined) => GoValue;

export function compileTree(tree: Tree): Compiled {
  return { tree, execute: compileList(tree.nodes) };
}

/** Runs a compiled template with data, adding where it failed to what failed. */
export function executeTree(compiled: Compiled, dot: GoValue, run: Run): Control {
  const outer = run.tree;
  run.tree = compiled.tree;
  const slots: GoValue[] = new Array<GoValue>(compiled.tree.slots).fill(null);
  slots[0] = dot;
  try {
    return compiled.execute({ dot, slots, boxedDot: false, boxed: [], run });
  } catch (thrown) {
    throw located(thrown, run);
  } finally {
    run.tree = outer;
  }
}

function located(thrown: unknown, run: Run): unknown {
  if (thrown instanceof RangeError && /call stack/i.test(thrown.message)) {
    return new TemplateError(
      'TemplateLimit',
      run.tree.name,
      `template: ${run.tree.name}: exceeded maximum template depth`,
      {
        cause: thrown,
      },
    );
  }
  if (!(thrown instanceof ExecutionProblem)) return thrown;
  const { node, tree } = run;
  const where =
    node === undefined
      ? tree.name
      : `${locate(tree, node.at)}: executing ${JSON.stringify(tree.name)} at <${context(node)}>`;
  return new TemplateError('TemplateFailed', tree.name, `template: ${where}: ${thrown.message}`, {
    cause: thrown.cause,
  });
}

function context(node: Position & { type: string }): string {
  const any = node as Operand | Command | Node;
  switch (any.type) {
    case 'action':
      return `{{${printPipe(any.pipe)}}}`;
    case 'template':
      return `{{template ${JSON.stringify(any.name)}${any.pipe === undefined ? '' : ` ${printPipe(any.pipe)}`}}}`;
    case 'if':
    case 'with':
    case 'range':
      return printPipe(any.pipe);
    case 'text':
    case 'break':
    case 'continue':
      return any.type;
    default:
      return printOperand(any);
  }
}

function compileList(nodes: readonly Node[]): (frame: Frame) => Control {
  const steps = nodes.map(compileNode);
  return (frame) => {
    const { run } = frame;
    for (const step of steps) {
      countStep(run);
      const control = step(frame);
      if (control !== 0) return control;
    }
    return 0;
  };
}

function countStep(run: Run): void {
  run.meter.steps += 1;
  if (run.meter.steps > run.limits.steps) limit(run, `more than ${run.limits.steps} steps`);
}

function limit(run: Run, what: string): never {
  throw new TemplateError(
    'TemplateLimit',
    run.tree.name,
    `template: ${run.tree.name}: stopped after ${what}`,
  );
}

function compileNode(node: Node): (frame: Frame) => Control {
  switch (node.type) {
    case 'text': {
      const { text } = node;
      return (frame) => write(frame.run, text);
    }
    case 'action': {
      const evaluate = compilePipe(node.pipe);
      const silent = node.pipe.declare.length > 0;
      const print = isFunctionResult(node.pipe) ? sprintValue : printedValue;
      return (frame) => {
        frame.run.node = node;
        const value = evaluate(frame);
        if (silent) return 0;
        frame.run.node = node;
        return write(
          frame.run,
          value === null ? '<no value>' : typeof value === 'string' ? value : print(value),
        );
      };
    }
    case 'break':
      return () => 1;
    case 'continue':
      return () => 2;
    case 'if':
    case 'with':
      return compileBranch(node);
    case 'range':
      return compileRange(node);
    case 'template':
      return compileTemplateCall(node);
  }
}

/** What a function returns has no address, so methods of its pointer do not count. */
function isFunctionResult({ commands }: Pipe): boolean {
  const head = commands.at(-1)?.args[0];
  return head?.type === 'identifier' && head.name !== 'and' && head.name !== 'or';
}

function write(run: Run, text: string): Control {
  run.out.push(text);
  run.meter.written += text.length;
  if (run.meter.written > run.limits.outputLength)
    limit(run, `${run.limits.outputLength} characters of output`);
  return 0;
}

function compileBranch(
  node: Extract<Node, { pipe: Pipe; list: Node[] }>,
): (frame: Frame) => Control {
  const evaluate = compilePipe(node.pipe);
  const list = compileList(node.list);
  const otherwise = node.otherwise === undefined ? undefined : compileList(node.otherwise);
  const isWith = node.type === 'with';
  return (frame) => {
    const value = evaluate(frame);
    if (!isTrue(value)) return otherwise === undefined ? 0 : otherwise(frame);
    if (!isWith) return list(frame);
    const { dot, boxedDot } = frame;
    frame.dot = value;
    frame.boxedDot = false;
    const control = list(frame);
    frame.dot = dot;
    frame.boxedDot = boxedDot;
    return control;
  };
}

function compileRange(
  node: Extract<Node, { pipe: Pipe; list: Node[] }>,
): (frame: Frame) => Control {
  const evaluate = compilePipe({ ...node.pipe, declare: [] });
  const { declare } = node.pipe;
  const list = compileList(node.list);
  const otherwise = node.otherwise === undefined ? undefined : compileList(node.otherwise);
  const [first, second] = declare;
  const key = second === undefined ? undefined : first;
  const element = second ?? first;
  const once = (frame: Frame, index: GoValue, item: GoValue, boxed: boolean): Control => {
    countStep(frame.run);
    if (element !== undefined) {
      frame.slots[element.slot] = item;
      frame.boxed[element.slot] = boxed;
    }
    if (key !== undefined) frame.slots[key.slot] = index;
    frame.dot = item;
    frame.boxedDot = boxed;
    return list(frame);
  };
  return (frame) => {
    frame.run.node = node;
    const value = evaluate(frame);
    const { dot, boxedDot } = frame;
    const boxed = holdsInterfaces(value);
    const items = itemsOf(value);
    const entries = items === undefined ? entriesOf(value) : undefined;
    let ran = false;
    if (items !== undefined) {
      for (let at = 0; at < items.length; at += 1) {
        ran = true;
        if (once(frame, GoInt.int(at), items[at] ?? null, boxed) === 1) break;
      }
    } else if (entries !== undefined) {
      for (const name of sortedKeys(entries)) {
        ran = true;
        if (once(frame, name, entries.get(name) ?? null, boxed) === 1) break;
      }
    } else if (value instanceof GoInt) {
      if (second !== undefined)
        problem(`can't use ${value.value} to iterate over more than one variable`);
      for (let at = 0n; at < value.value; at += 1n) {
        ran = true;
        if (once(frame, null, new GoInt(value.kind, at), false) === 1) break;
      }
    } else if (value !== null) {
      problem(`range can't iterate over ${sprintValue(value)}`);
    }
    frame.dot = dot;
    frame.boxedDot = boxedDot;
    return ran || otherwise === undefined ? 0 : otherwise(frame);
  };
}

function compileTemplateCall(node: Extract<Node, { type: 'template' }>): (frame: Frame) => Control {
  const evaluate = node.pipe === undefined ? undefined : compilePipe(node.pipe);
  return (frame) => {
    const { run } = frame;
    run.node = node;
    const called = run.template(node.name);
    if (called === undefined) return problem(`template ${JSON.stringify(node.name)} not defined`);
    if (run.depth >= run.limits.depth)
      return problem(`exceeded maximum template depth (${run.limits.depth})`);
    const dot = evaluate === undefined ? null : evaluate(frame);
    run.depth += 1;
    executeTree(called, dot, run);
    run.depth -= 1;
    return 0;
  };
}

function compilePipe(pipe: Pipe): Evaluate {
  const stages = pipe.commands.map(compileCommand);
  const slots = pipe.declare.map(({ slot }) => slot);
  const [only] = stages;
  const evaluate: Evaluate =
    stages.length === 1 && only !== undefined
      ? (frame) => only(frame, undefined)
      : (frame) => {
          let value: GoValue | undefined;
          for (const stage of stages) value = stage(frame, value);
          return value ?? null;
        };
  if (slots.length === 0) {
    return (frame) => {
      frame.run.node = pipe;
      const value = evaluate(frame);
      frame.run.boxed = false;
      return value;
    };
  }
  return (frame) => {
    frame.run.node = pipe;
    const value = evaluate(frame);
    for (const slot of slots) {
      frame.slots[slot] = value;
      frame.boxed[slot] = false;
    }
    return value;
  };
}

function compileCommand(command: Command): EvaluateWith {
  const [head, ...args] = command.args;
  if (head === undefined) return () => problem('empty command');
  switch (head.type) {
    case 'field':
      return compileFields(dotOf, head, head.names, args);
    case 'chain':
      return compileChain(head, args);
    case 'identifier':
      return compileCall(head.name, head, args, command);
    case 'variable':
      if (head.names.length > 0)
        return compileFields(variableOf(head.slot), head, head.names, args);
      return notAFunction(head, args, (frame) => frame.slots[head.slot] ?? null);
    case 'pipe':
      return notAFunction(head, args, compilePipe(head));
    case 'dot':
      return notAFunction(head, args, (frame) => frame.dot);
    case 'nil':
      return (frame) => {
        frame.run.node = head;
        return problem('nil is not a command');
      };
    case 'bool':
    case 'string': {
      const { value } = head;
      return notAFunction(head, args, () => value);
    }
    case 'number': {
      const value = idealConstant(head);
      return notAFunction(head, args, (frame) => {
        frame.run.node = head;
        return typeof value === 'function' ? value() : value;
      });
    }
  }
}

function notAFunction(head: Operand, args: readonly Operand[], evaluate: Evaluate): EvaluateWith {
  return (frame, final) => {
    if (args.length > 0 || final !== undefined) {
      frame.run.node = head;
      return problem(`can't give argument to non-function ${printOperand(head)}`);
    }
    frame.run.node = head;
    return evaluate(frame);
  };
}

/** The value of a number where nothing asks for a type. */
function idealConstant(node: Extract<Operand, { type: 'number' }>): GoValue | (() => never) {
  const { int, float, isFloatSyntax, complex } = node.value;
  if (complex !== undefined) return new GoComplex(complex.real, complex.imaginary);
  if (isFloatSyntax && float !== undefined) return float;
  if (int === undefined) return float ?? null;
  if (int > 0x7fffffffffffffffn || int < -0x8000000000000000n)
    return () => problem(`${node.text} overflows int`);
  return new GoInt('int', int);
}

function compileChain(
  node: Extract<Operand, { type: 'chain' }>,
  args: readonly Operand[],
): EvaluateWith {
  if (node.node.type === 'nil') {
    return (frame) => {
      frame.run.node = node;
      return problem(`indirection through explicit nil in ${printOperand(node)}`);
    };
  }
  const inner = compileArgument(node.node, 'any');
  return compileFields(inner, node, node.names, args);
}

function compileFields(
  receiver: Evaluate,
  node: Operand,
  names: readonly string[],
  args: readonly Operand[],
): EvaluateWith {
  const last = names.at(-1) ?? '';
  const path = names.slice(0, -1);
  return (frame, final) => {
    frame.run.node = node;
    let value = receiver(frame);
    for (const name of path) {
      value = getField(frame, node, value, frame.run.boxed, name, [], undefined);
    }
    return getField(frame, node, value, frame.run.boxed, last, args, final);
  };
}

/** @param boxed whether the receiver is an `interface {}`: a nil one is an error, nothing at all gives nothing again */
function getField(
  frame: Frame,
  node: Operand,
  receiver: GoValue,
  boxed: boolean,
  name: string,
  args: readonly Operand[],
  final: GoValue | undefined,
): GoValue {
  const { run } = frame;
  run.boxed = false;
  if (receiver === null) {
    if (boxed) return problem(`nil pointer evaluating interface {}.${name}`);
    if (frame.run.missingKey === 'error')
      return problem(`nil data; no entry for key ${JSON.stringify(name)}`);
    return null;
  }
  const hasArguments = args.length > 0 || final !== undefined;
  const struct = asStruct(receiver);
  const method = struct?.goMethod?.(name);
  if (method !== undefined) {
    const result = invoke(frame, name, method, args, final, node);
    run.boxed = false;
    return result;
  }
  const entries = entriesOf(receiver);
  if (entries !== undefined) {
    if (hasArguments) return problem(`${name} is not a method but has arguments`);
    const found = entries.get(name);
    run.boxed = holdsInterfaces(receiver);
    if (found !== undefined) return found;
    if (frame.run.missingKey === 'error')
      return problem(`map has no entry for key ${JSON.stringify(name)}`);
    return zeroElement(receiver);
  }
  const field = struct?.goField?.(name);
  if (field !== undefined) {
    if (hasArguments) return problem(`${name} has arguments but cannot be invoked as function`);
    return field;
  }
  return problem(
    `can't evaluate field ${name} in type ${boxed ? 'interface {}' : typeOf(receiver)}`,
  );
}

const dotOf: Evaluate = (frame) => {
  frame.run.boxed = frame.boxedDot;
  return frame.dot;
};

const variableOf =
  (slot: number): Evaluate =>
  (frame) => {
    frame.run.boxed = frame.boxed[slot] === true;
    return frame.slots[slot] ?? null;
  };

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

function compileCall(
  name: string,
  node: Operand,
  args: readonly Operand[],
  command: Operand | Command,
): EvaluateWith {
  const isBuiltin = Object.hasOwn(builtins, name);
  if (isBuiltin && (name === 'and' || name === 'or')) return compileShortCircuit(name, node, args);
  const compiled = new Map<
    TemplateFunction,
    (frame: Frame, final: GoValue | undefined) => GoValue
  >();
  return (frame, final) => {
    frame.run.node = node;
    const fn = frame.run.functions[name] ?? builtins[name];
    if (fn === undefined) return problem(`${JSON.stringify(name)} is not a defined function`);
    let call = compiled.get(fn);
    if (call === undefined) {
      call = compileInvocation(name, fn, args, command);
      compiled.clear();
      compiled.set(fn, call);
    }
    return call(frame, final);
  };
}

function compileShortCircuit(
  name: 'and' | 'or',
  node: Operand,
  args: readonly Operand[],
): EvaluateWith {
  const evaluated = args.map((arg) => compileArgument(arg, 'any'));
  return (frame, final) => {
    frame.run.node = node;
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

/** For methods, whose function is known only when running. */
function invoke(
  frame: Frame,
  name: string,
  fn: TemplateFunction,
  args: readonly Operand[],
  final: GoValue | undefined,
  node: Operand,
): GoValue {
  return compileInvocation(name, fn, args, node)(frame, final);
}

function compileInvocation(
  name: string,
  fn: TemplateFunction,
  args: readonly Operand[],
  node: Operand | Command,
): EvaluateWith {
  const { params, rest } = fn;
  const typeAt = (at: number): ParamType => params[at] ?? rest ?? 'any';
  const evaluated = args.map((arg, at) => compileArgument(arg, typeAt(at)));
  return (frame, final) => {
    const count = args.length + (final === undefined ? 0 : 1);
    if (rest === undefined ? count !== params.length : count < params.length) {
      return problem(
        rest === undefined
          ? `wrong number of args for ${name}: want ${params.length} got ${count}`
          : `wrong number of args for ${name}: want at least ${params.length} got ${args.length}`,
      );
    }
    const values: GoValue[] = [];
    for (const evaluate of evaluated) values.push(evaluate(frame));
    if (final !== undefined) values.push(convert(final, typeAt(args.length), false));
    try {
      return fn.call(values);
    } catch (thrown) {
      if (thrown instanceof TemplateError && thrown.reason === 'TemplateLimit') throw thrown;
      if (thrown instanceof RangeError && /call stack/i.test(thrown.message)) throw thrown;
      if (!(thrown instanceof Error)) throw thrown;
      frame.run.node = node;
      throw new ExecutionProblem(`error calling ${name}: ${thrown.message}`, { cause: thrown });
    }
  };
}

/** An argument, evaluated for a parameter of a type. */
function compileArgument(node: Operand, type: ParamType): Evaluate {
  switch (node.type) {
    case 'dot':
      return (frame) => {
        frame.run.node = node;
        return convert(frame.dot, type, frame.boxedDot);
      };
    case 'nil':
      return (frame) => {
        frame.run.node = node;
        if (type === 'dict') return new Map();
        return type === 'any' ? null : problem(`cannot assign nil to ${goTypeOfParam[type]}`);
      };
    case 'field': {
      const evaluate = compileFields(dotOf, node, node.names, []);
      return (frame) => convert(evaluate(frame, undefined), type, frame.run.boxed);
    }
    case 'variable': {
      if (node.names.length === 0) {
        const { slot } = node;
        return (frame) => {
          frame.run.node = node;
          return convert(frame.slots[slot] ?? null, type, frame.boxed[slot] === true);
        };
      }
      const evaluate = compileFields(variableOf(node.slot), node, node.names, []);
      return (frame) => convert(evaluate(frame, undefined), type, frame.run.boxed);
    }
    case 'pipe': {
      const evaluate = compilePipe(node);
      return (frame) => {
        frame.run.node = node;
        return convert(evaluate(frame), type, false);
      };
    }
    case 'identifier': {
      const evaluate = compileCall(node.name, node, [], node);
      return (frame) => convert(evaluate(frame, undefined), type, false);
    }
    case 'chain': {
      const evaluate = compileChain(node, []);
      return (frame) => convert(evaluate(frame, undefined), type, frame.run.boxed);
    }
    case 'bool':
    case 'string':
    case 'number': {
      const value = literalFor(node, type);
      return (frame) => {
        frame.run.node = node;
        return typeof value === 'function' ? value() : value;
      };
    }
  }
}

type Literal = Extract<Operand, { type: 'bool' | 'string' | 'number' }>;

function literalFor(node: Literal, type: ParamType): GoValue | (() => never) {
  const expected = (what: string) => () => problem(`expected ${what}; found ${printOperand(node)}`);
  switch (type) {
    case 'any':
      return node.type === 'number' ? idealConstant(node) : node.value;
    case 'string':
      return node.type === 'string' ? node.value : expected('string');
    case 'bool':
      return node.type === 'bool' ? node.value : expected('bool');
    case 'int':
      return node.type === 'number' && node.value.int !== undefined
        ? new GoInt('int', node.value.int)
        : expected('integer');
    case 'float64':
      return node.type === 'number' && node.value.float !== undefined
        ? node.value.float
        : expected('float');
    case 'dict':
    case 'time':
      return () =>
        problem(`can't handle ${printOperand(node)} for arg of type ${goTypeOfParam[type]}`);
  }
}

/** @param boxed a nil `interface {}` has a type, which is wrong; no value at all becomes the zero value where it can */
function convert(value: GoValue, type: ParamType, boxed: boolean): GoValue {
  if (type === 'any') return value;
  if (value === null) {
    if (type === 'dict') return boxed ? wrongType(type, 'interface {}') : new Map();
    return boxed
      ? wrongType(type, 'interface {}')
      : problem(`invalid value; expected ${goTypeOfParam[type]}`);
  }
  if (type === 'dict' && value instanceof GoTypedMap && value.goType === 'chartutil.Values')
    return value.entries;
  return typeOf(value) === goTypeOfParam[type] ? value : wrongType(type, typeOf(value));
}

function wrongType(type: ParamType, got: string): never {
  return problem(`wrong type for value; expected ${goTypeOfParam[type]}; got ${got}`);
}
