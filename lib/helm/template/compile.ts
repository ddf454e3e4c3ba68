/** Trees to closures: walked once, run as often as needed (semantics of text/template/exec.go, Go 1.24). */
import { GoInt, GoObject, quote } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import type { Evaluate } from './call.ts';
import type { Struct } from './function.ts';
import { compilePipe } from './compile-pipe.ts';
import { problem } from './errors.ts';
import { printedValue, sprintValue, withoutPointer } from './format.ts';
import type { ActionNode, BranchNode, CallNode, Node, Pipe, Tree } from './nodes.ts';
import { countStep, executeTree, write } from './run.ts';
import type { Compiled, Control, Frame } from './run.ts';
import { declare, inBlock, newScope, slotOf } from './scope.ts';
import type { Scope } from './scope.ts';
import { entriesOf, holdsInterfaces, isTrue, itemsOf, sortedKeys } from './value.ts';

type Step = (frame: Frame) => Control;

export function compileTree(tree: Tree): Compiled {
  const scope = newScope();
  const execute = compileList(tree.nodes, scope);
  return { tree, slots: scope.slots, execute };
}

function compileList(nodes: readonly Node[], scope: Scope): Step {
  const steps = nodes.map((node) => compileNode(node, scope));
  const [only] = steps;
  if (only !== undefined && steps.length === 1)
    return (frame) => {
      countStep(frame.run);
      return only(frame);
    };
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

function compileNode(node: Node, scope: Scope): Step {
  switch (node.type) {
    case 'text': {
      const { text } = node;
      return (frame) => {
        write(frame.run, text);
        return 0;
      };
    }
    case 'action':
      return compileAction(node, scope);
    case 'break':
      return () => 1;
    case 'continue':
      return () => 2;
    case 'if':
    case 'with':
      return compileBranch(node, scope);
    case 'range':
      return compileRange(node, scope);
    case 'template':
      return compileCall(node, scope);
  }
}

function compileAction(node: ActionNode, scope: Scope): Step {
  const evaluate = compilePipe(node.pipe, scope);
  if (node.pipe.declare.length > 0)
    return (frame) => {
      evaluate(frame);
      return 0;
    };
  const print = isFunctionResult(node.pipe) ? sprintValue : printedValue;
  return (frame) => {
    const value = evaluate(frame);
    const { run } = frame;
    run.node = node;
    if (typeof value === 'string') write(run, value);
    else write(run, value === null ? '<no value>' : print(value));
    return 0;
  };
}

/** What a function returns has no address, so methods of its pointer do not count. */
function isFunctionResult({ commands }: Pipe): boolean {
  const head = commands.at(-1)?.args[0];
  return head?.type === 'identifier' && head.name !== 'and' && head.name !== 'or';
}

function compileBranch(node: BranchNode, scope: Scope): Step {
  return inBlock(scope, () => {
    const evaluate = compilePipe(node.pipe, scope);
    const list = inBlock(scope, () => compileList(node.list, scope));
    const otherwise = node.otherwise === undefined ? undefined : compileList(node.otherwise, scope);
    if (node.type === 'if')
      return (frame) => {
        if (isTrue(evaluate(frame))) return list(frame);
        return otherwise === undefined ? 0 : otherwise(frame);
      };
    return (frame) => {
      const value = evaluate(frame);
      if (!isTrue(value)) return otherwise === undefined ? 0 : otherwise(frame);
      return withDot(frame, value, list);
    };
  });
}

function withDot(frame: Frame, value: GoValue, list: Step): Control {
  const { dot, boxedDot } = frame;
  frame.dot = value;
  frame.boxedDot = false;
  const control = list(frame);
  frame.dot = dot;
  frame.boxedDot = boxedDot;
  return control;
}

/** Calls back with index (or key) and element until it is told to stop; false when there was nothing. */
type Iterate = (index: GoValue, item: GoValue, boxed: boolean) => Control;

function compileRange(node: BranchNode, scope: Scope): Step {
  return inBlock(scope, () => {
    const { pipe } = node;
    const evaluate = compilePipe({ ...pipe, declare: [] }, scope);
    const slots = pipe.declare.map((name) =>
      pipe.assign ? slotOf(scope, name) : declare(scope, name),
    );
    const missing = pipe.declare.find((_, at) => slots[at] === undefined);
    const [first, second] = slots;
    const [key, element] = second === undefined ? [undefined, first] : [first, second];
    const list = inBlock(scope, () => compileList(node.list, scope));
    const otherwise = node.otherwise === undefined ? undefined : compileList(node.otherwise, scope);
    return (frame) => {
      const value = evaluate(frame);
      if (missing !== undefined) return problem(`undefined variable: ${missing}`);
      // Go gives the variables the whole value first; the else branch sees it.
      for (const slot of slots) if (slot !== undefined) setSlot(frame, slot, value, false);
      const { dot, boxedDot, run } = frame;
      const ran = iterate(value, slots.length, (index, item, boxed) => {
        countStep(run);
        if (element !== undefined) setSlot(frame, element, item, boxed);
        if (key !== undefined) setSlot(frame, key, index, false);
        frame.dot = item;
        frame.boxedDot = boxed;
        return list(frame);
      });
      frame.dot = dot;
      frame.boxedDot = boxedDot;
      return ran || otherwise === undefined ? 0 : otherwise(frame);
    };
  });
}

function setSlot(frame: Frame, slot: number, value: GoValue, boxed: boolean): void {
  frame.slots[slot] = value;
  frame.boxed[slot] = boxed;
}

/** @returns false when there was nothing to go over */
function iterate(value: GoValue, variables: number, once: Iterate): boolean {
  const boxed = holdsInterfaces(value);
  const items = itemsOf(value);
  if (items !== undefined) {
    for (let at = 0; at < items.length; at += 1)
      if (once(GoInt.int(at), items[at] ?? null, boxed) === 1) break;
    return items.length > 0;
  }
  const entries = entriesOf(value);
  if (entries !== undefined) {
    // Go takes the entries first and goes over them then, whatever the body changes.
    const taken = sortedKeys(entries).map((name) => [name, entries.get(name) ?? null] as const);
    for (const [name, item] of taken) if (once(name, item, boxed) === 1) break;
    return taken.length > 0;
  }
  const struct: Struct | undefined = value instanceof GoObject ? value : undefined;
  if (struct?.goEntries !== undefined) {
    const pairs = struct.goEntries();
    for (const [key, item] of pairs) if (once(key, item, false) === 1) break;
    return pairs.length > 0;
  }
  if (value instanceof GoInt) {
    if (variables > 1) problem(`can't use ${value.value} to iterate over more than one variable`);
    for (let at = 0n; at < value.value; at += 1n)
      if (once(null, new GoInt(value.kind, at), false) === 1) break;
    return value.value > 0n;
  }
  if (value !== null) problem(`range can't iterate over ${withoutPointer(value)}`);
  return false;
}

/** What Go says; its own stack is deeper than ours, the mistake is the same. */
const goDepth = 100_000;

function compileCall(node: CallNode, scope: Scope): Step {
  const evaluate: Evaluate = node.pipe === undefined ? () => null : compilePipe(node.pipe, scope);
  return (frame) => {
    const { run } = frame;
    run.node = node;
    const called = run.template(node.name);
    if (called === undefined) return problem(`template ${quote(node.name)} not defined`);
    if (run.depth >= run.limits.depth)
      return problem(`exceeded maximum template depth (${goDepth})`);
    const dot = evaluate(frame);
    run.depth += 1;
    executeTree(called, dot, run);
    run.depth -= 1;
    return 0;
  };
}
