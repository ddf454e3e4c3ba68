/** Sets of templates: parsed once, compiled at first use, shared by the sets made from them. */
import { joinLooseBytes, quote } from '../values/mod.ts';
import { builtins } from './builtins.ts';
import { compileTree } from './compile.ts';
import { TemplateError } from './errors.ts';
import type { TemplateSet } from './function.ts';
import { isEmptyTree } from './nodes.ts';
import type { Tree } from './nodes.ts';
import { parseTemplate } from './parse.ts';
import { executeTree } from './run.ts';
import type { Compiled, Limits, Meter, Run } from './run.ts';

export interface TemplateSetOptions {
  /** Names that templates may call besides Go's own functions. */
  functionNames: Iterable<string>;
  /** What a missing map key is: nothing, or an error. Default `zero`, as in Helm. */
  missingKey?: 'zero' | 'error';
  limits?: Partial<Limits>;
  /** Asked now and then while templates run; true stops them. Default: never. */
  isExpired?: () => boolean;
}

const defaultLimits: Limits = {
  depth: 2000,
  steps: 20_000_000,
  outputLength: 256 * 1024 * 1024,
  madeLength: 1024 * 1024 * 1024,
};

/** Executions within executions (`include`, `tpl`); a JavaScript stack holds some more. */
const deepestExecution = 500;

/** Trees of texts parsed before under the same name: `tpl` meets the same text again and again. */
const mostTexts = 2000;
const longestText = 4096;

/** A template of a set: its tree, and its closures once it has run. */
interface Entry {
  tree: Tree;
  compiled?: Compiled;
}

type Lookup = (name: string) => Entry | undefined;

export function createTemplateSet(options: TemplateSetOptions): TemplateSet {
  const known = new Set([...options.functionNames, ...Object.keys(builtins)]);
  const limits = { ...defaultLimits, ...options.limits };
  const missingKey = options.missingKey ?? 'zero';
  const isExpired = options.isExpired ?? (() => false);
  // Shared by all sets made from this one: an execution that another one's functions start is part of it.
  const meter: Meter = { steps: 0, written: 0, made: 0 };
  let running = 0;

  const parsed = new Map<string, Entry[]>();
  const parseText = (name: string, text: string): Entry[] => {
    const key = `${name}\0${text}`;
    const before = parsed.get(key);
    if (before !== undefined) return before;
    const trees = parseTemplate(name, text, (each) => known.has(each));
    const entries = trees.map((tree): Entry => ({ tree }));
    if (text.length <= longestText && parsed.size < mostTexts) parsed.set(key, entries);
    return entries;
  };

  const createSet = (inherited: Lookup, inheritedNames: () => string[]): TemplateSet => {
    const own = new Map<string, Entry>();
    const lookup: Lookup = (name) => own.get(name) ?? inherited(name);
    const names = () => [...new Set([...inheritedNames(), ...own.keys()])];
    const template = (name: string): Compiled | undefined => {
      const entry = lookup(name);
      return entry === undefined ? undefined : (entry.compiled ??= compileTree(entry.tree));
    };
    const set: TemplateSet = {
      parse: (name, text) => {
        for (const entry of parseText(name, text)) {
          const { tree } = entry;
          if (isEmptyTree(tree) && lookup(tree.name) !== undefined) continue;
          own.set(tree.name, entry);
        }
      },
      has: (name) => lookup(name) !== undefined,
      names,
      extend: (without) =>
        createSet(
          (name) => (name === without ? undefined : lookup(name)),
          () => names().filter((name) => name !== without),
        ),
      execute: (name, dot, functions) => {
        const compiled = template(name);
        if (compiled === undefined) {
          const message = `template: no template ${quote(name)} associated with template "gotpl"`;
          throw new TemplateError('TemplateFailed', name, message);
        }
        const run: Run = {
          out: '',
          node: undefined,
          tree: compiled.tree,
          boxed: false,
          depth: 0,
          meter,
          limits,
          isExpired,
          functions,
          set,
          template,
          missingKey,
        };
        if (running > deepestExecution) {
          const message = `template: ${name}: exceeded maximum template depth (100000)`;
          throw new TemplateError('TemplateLimit', name, message);
        }
        if (running === 0) Object.assign(meter, { steps: 0, written: 0, made: 0 });
        running += 1;
        try {
          executeTree(compiled, dot, run);
        } finally {
          running -= 1;
        }
        return joinLooseBytes(run.out);
      },
    };
    return set;
  };
  return createSet(
    () => undefined,
    () => [],
  );
}
