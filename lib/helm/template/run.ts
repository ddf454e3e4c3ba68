/** What an execution carries along, and how what stops it is told where it happened. */
import { quote } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { ExecutionProblem, TemplateError } from './errors.ts';
import type { TemplateFunctions, TemplateSet } from './function.ts';
import { locate, printPlace } from './nodes.ts';
import type { Place, Tree } from './nodes.ts';

/** One template being executed. */
export interface Frame {
  dot: GoValue;
  /** Whether dot is still an `interface {}` around its value (an element that range gave). */
  boxedDot: boolean;
  /** Variables; `undefined` where none was declared yet. */
  slots: (GoValue | undefined)[];
  /** Which of them are still an `interface {}`. */
  boxed: boolean[];
  run: Run;
}

/** What all frames of one execution share. */
export interface Run {
  out: string;
  /** What is being evaluated; errors name it. */
  node: Place | undefined;
  tree: Tree;
  /** Whether the last field came out of a container of `interface {}`; messages tell the difference. */
  boxed: boolean;
  depth: number;
  meter: Meter;
  limits: Limits;
  /** Asked now and then; true stops the execution. */
  isExpired: () => boolean;
  functions: TemplateFunctions;
  /** The set that the running template is of. */
  set: TemplateSet;
  template: (name: string) => Compiled | undefined;
  missingKey: 'zero' | 'error';
}

/** What an execution has used; those that its functions start (`include`, `tpl`) count with it. */
export interface Meter {
  /** Nodes evaluated and turns of loops. */
  steps: number;
  /** UTF-16 units written. */
  written: number;
  /** UTF-16 units of the texts that functions gave. */
  made: number;
}

export interface Limits {
  /** Nested `template` actions. */
  depth: number;
  /** Nodes evaluated in one execution. */
  steps: number;
  /** UTF-16 units written in one execution. */
  outputLength: number;
  /** UTF-16 units of all texts that functions give in one execution. */
  madeLength: number;
}

/** What a list of nodes asks the loop around it: 0 go on, 1 break, 2 continue. */
export type Control = 0 | 1 | 2;

export interface Compiled {
  tree: Tree;
  /** Variables that a frame has to hold. */
  slots: number;
  execute: (frame: Frame) => Control;
}

/** Runs a compiled template with data, adding where it failed to what failed. */
export function executeTree(compiled: Compiled, dot: GoValue, run: Run): void {
  const outer = run.tree;
  run.tree = compiled.tree;
  const slots = new Array<GoValue | undefined>(compiled.slots).fill(undefined);
  slots[0] = dot;
  try {
    compiled.execute({ dot, slots, boxedDot: false, boxed: [], run });
  } catch (thrown) {
    throw located(thrown, run);
  }
  run.tree = outer;
}

function located(thrown: unknown, run: Run): unknown {
  const { name } = run.tree;
  if (isStackOverflow(thrown)) {
    const message = `template: ${name}: exceeded maximum template depth (100000)`;
    return new TemplateError('TemplateLimit', name, message, { cause: thrown });
  }
  if (!(thrown instanceof ExecutionProblem)) return thrown;
  const { node, tree } = run;
  const where =
    node === undefined
      ? name
      : `${locate(tree, node.at)}: executing ${quote(name)} at <${printPlace(node)}>`;
  return new TemplateError('TemplateFailed', name, `template: ${where}: ${thrown.message}`, {
    cause: thrown.cause,
  });
}

export function isStackOverflow(thrown: unknown): boolean {
  return thrown instanceof RangeError && /call stack/i.test(thrown.message);
}

export function countStep(run: Run): void {
  run.meter.steps += 1;
  if (run.meter.steps > run.limits.steps) stop(run, `more than ${run.limits.steps} steps`);
  if ((run.meter.steps & 0xfff) === 0 && run.isExpired()) stop(run, 'the time it was given');
}

/** Counts what a function made: charts that double a text or a list in a loop end before memory does. */
export function charge(run: Run, made: GoValue): void {
  if (typeof made === 'string') {
    run.meter.made += made.length;
    if (run.meter.made > run.limits.madeLength)
      stop(run, `making texts of more than ${run.limits.madeLength} characters`);
  } else if (Array.isArray(made)) {
    // Copying an item costs a fraction of evaluating a node.
    run.meter.steps += made.length >> 4;
    countStep(run);
  }
  if (run.isExpired()) stop(run, 'the time it was given');
}

export function write(run: Run, text: string): void {
  run.out += text;
  run.meter.written += text.length;
  if (run.meter.written > run.limits.outputLength)
    stop(run, `${run.limits.outputLength} characters of output`);
}

function stop({ tree: { name } }: Run, what: string): never {
  throw new TemplateError('TemplateLimit', name, `template: ${name}: stopped after ${what}`);
}
