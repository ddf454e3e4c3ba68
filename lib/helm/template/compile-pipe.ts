/** Pipelines, their commands and operands as closures. */
import type { GoValue } from '../values/mod.ts';
import { compileNamedCall } from './call.ts';
import type { Argument, Evaluate, EvaluateWith } from './call.ts';
import { convert, idealConstant, literalFor, nilFor } from './convert.ts';
import { problem } from './errors.ts';
import { compileFields } from './field.ts';
import { printOperand } from './nodes.ts';
import type { Command, Operand, Pipe } from './nodes.ts';
import { declare, slotOf } from './scope.ts';
import type { Scope } from './scope.ts';

export function compilePipe(pipe: Pipe, scope: Scope): Evaluate {
  const stages = pipe.commands.map((command) => compileCommand(command, scope));
  const evaluate = compileStages(pipe, stages);
  if (pipe.declare.length === 0) return evaluate;
  // Only now: the variables are not seen by what is assigned to them.
  const slots = pipe.declare.map((name) =>
    pipe.assign ? slotOf(scope, name) : declare(scope, name),
  );
  return (frame) => {
    const value = evaluate(frame);
    slots.forEach((slot, at) => {
      if (slot === undefined || (pipe.assign && frame.slots[slot] === undefined))
        return problem(`undefined variable: ${pipe.declare[at] ?? ''}`);
      frame.slots[slot] = value;
      frame.boxed[slot] = false;
    });
    return value;
  };
}

/** What a stage gives is the final argument of the next; an `interface {}` is unwrapped in between. */
function compileStages(pipe: Pipe, stages: readonly EvaluateWith[]): Evaluate {
  const [first, ...others] = stages;
  if (first === undefined) return () => problem('empty pipeline');
  if (others.length === 0)
    return (frame) => {
      frame.run.node = pipe;
      const value = first(frame, undefined);
      frame.run.boxed = false;
      return value;
    };
  return (frame) => {
    frame.run.node = pipe;
    let value = first(frame, undefined);
    for (const stage of others) value = stage(frame, value);
    frame.run.boxed = false;
    return value;
  };
}

function compileCommand(command: Command, scope: Scope): EvaluateWith {
  const [head, ...rest] = command.args;
  if (head === undefined) return () => problem('empty command');
  switch (head.type) {
    case 'identifier':
      return compileNamedCall(head.name, head, compileArguments(rest, scope), command, rest[0]);
    case 'pipe': {
      const evaluate = compilePipe(head, scope);
      compileArguments(rest, scope);
      return (frame, final) => {
        if (rest.length > 0 || final !== undefined) refuseArguments(head);
        return evaluate(frame);
      };
    }
    case 'field':
    case 'chain':
      return compileOperand(head, compileArguments(rest, scope), scope);
    case 'variable':
      if (head.names.length > 0) return compileOperand(head, compileArguments(rest, scope), scope);
      break;
    case 'nil':
      return (frame, final) => {
        frame.run.node = head;
        if (rest.length > 0 || final !== undefined) refuseArguments(head);
        return problem('nil is not a command');
      };
    default:
  }
  const evaluate = compileOperand(head, [], scope);
  return (frame, final) => {
    frame.run.node = head;
    if (rest.length > 0 || final !== undefined) refuseArguments(head);
    return evaluate(frame, undefined);
  };
}

function refuseArguments(head: Operand): never {
  return problem(`can't give argument to non-function ${printOperand(head)}`);
}

/** The value of an operand; leaves in `run.boxed` whether it is an `interface {}`. */
function compileOperand(
  node: Exclude<Operand, { type: 'nil' | 'identifier' }>,
  args: readonly Argument[],
  scope: Scope,
): EvaluateWith {
  switch (node.type) {
    case 'dot':
      return (frame) => {
        frame.run.node = node;
        frame.run.boxed = frame.boxedDot;
        return frame.dot;
      };
    case 'field':
      return compileFields(
        (frame) => {
          frame.run.boxed = frame.boxedDot;
          return frame.dot;
        },
        node,
        node.names,
        args,
      );
    case 'variable': {
      const variable = compileVariable(node.name, scope);
      if (node.names.length > 0) return compileFields(variable, node, node.names, args);
      return (frame) => {
        frame.run.node = node;
        return variable(frame);
      };
    }
    case 'chain':
      return compileChain(node, args, scope);
    case 'pipe':
      return compilePipe(node, scope);
    case 'bool':
    case 'string': {
      const { value } = node;
      return () => value;
    }
    case 'number': {
      const evaluate = idealConstant(node);
      return (frame) => {
        frame.run.node = node;
        return evaluate();
      };
    }
  }
}

function compileVariable(name: string, scope: Scope): Evaluate {
  const slot = slotOf(scope, name);
  if (slot === undefined) return () => problem(`undefined variable: ${name}`);
  return (frame) => {
    frame.run.boxed = frame.boxed[slot] === true;
    const value = frame.slots[slot];
    return value === undefined ? problem(`undefined variable: ${name}`) : value;
  };
}

function compileChain(
  node: Extract<Operand, { type: 'chain' }>,
  args: readonly Argument[],
  scope: Scope,
): EvaluateWith {
  if (node.node.type === 'nil')
    return (frame) => {
      frame.run.node = node;
      return problem(`indirection through explicit nil in ${printOperand(node)}`);
    };
  const inner = compileArgument(node.node, scope)('any');
  return compileFields(inner, node, node.names, args);
}

function compileArguments(nodes: readonly Operand[], scope: Scope): Argument[] {
  return nodes.map((node) => compileArgument(node, scope));
}

/** An argument in two steps: its variables are known now, the type that is wanted when the function is. */
function compileArgument(node: Operand, scope: Scope): Argument {
  switch (node.type) {
    case 'nil':
      return (type) => (frame) => {
        frame.run.node = node;
        return nilFor(type);
      };
    case 'bool':
    case 'string':
    case 'number':
      return (type) => {
        const evaluate = literalFor(node, type);
        return (frame) => {
          frame.run.node = node;
          return evaluate();
        };
      };
    default:
  }
  const evaluate: EvaluateWith =
    node.type === 'identifier'
      ? unboxed(compileNamedCall(node.name, node, [], node))
      : compileOperand(node, [], scope);
  return (type) =>
    type === 'any'
      ? (frame) => {
          frame.run.node = node;
          return evaluate(frame, undefined);
        }
      : (frame) => {
          frame.run.node = node;
          const value: GoValue = evaluate(frame, undefined);
          return convert(value, type, frame.run.boxed);
        };
}

const unboxed =
  (evaluate: EvaluateWith): EvaluateWith =>
  (frame, final) => {
    const value = evaluate(frame, final);
    frame.run.boxed = false;
    return value;
  };
