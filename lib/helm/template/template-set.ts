/** Templates that know one another by name. */
import type { GoValue } from '../values/mod.ts';
import { builtins } from './builtins.ts';
import { compileTree, executeTree } from './compile.ts';
import type { Compiled, Limits, Meter, Run } from './compile.ts';
import { TemplateError } from './errors.ts';
import type { TemplateFunctions } from './function.ts';
import type { Node, Tree } from './nodes.ts';
import { parseTemplate } from './parse.ts';

export interface TemplateSet {
  /**
   * Parses a file and adds what it defines; a later definition replaces an earlier one, unless it is empty.
   *
   * @throws TemplateError `TemplateSyntax`
   */
  parse(name: string, text: string): void;
  has(name: string): boolean;
  names(): string[];
  /**
   * The same templates; what is added to the copy is not seen here. Nothing is compiled again.
   *
   * @param without name of a template that is left out
   */
  clone(without?: string): TemplateSet;
  /**
   * @param functions must hold every function that was known when parsing
   * @throws TemplateError `TemplateFailed` with Go's message, `TemplateLimit`
   */
  execute(name: string, dot: GoValue, functions: TemplateFunctions): string;
}

export interface TemplateSetOptions {
  /** Names that templates may call besides Go's own functions. */
  functionNames: Iterable<string>;
  /** What a missing map key is: nothing, or an error. Default `zero`, as in Helm. */
  missingKey?: 'zero' | 'error';
  limits?: Partial<Limits>;
}

const defaultLimits: Limits = { depth: 2000, steps: 20_000_000, outputLength: 256 * 1024 * 1024 };

export function createTemplateSet(options: TemplateSetOptions): TemplateSet {
  const known = new Set([...options.functionNames, ...Object.keys(builtins)]);
  const limits = { ...defaultLimits, ...options.limits };
  const missingKey = options.missingKey ?? 'zero';

  // Shared by all clones: an execution that another one's functions start is part of it.
  const meter: Meter = { steps: 0, written: 0 };
  let running = 0;

  const withTemplates = (templates: Map<string, Compiled>): TemplateSet => ({
    parse: (name, text) => {
      for (const tree of parseTemplate(name, text, (each) => known.has(each))) {
        if (templates.has(tree.name) && isEmptyTree(tree)) continue;
        templates.set(tree.name, compileTree(tree));
      }
    },
    has: (name) => templates.has(name),
    names: () => [...templates.keys()],
    clone: (without) => {
      const copy = new Map(templates);
      if (without !== undefined) copy.delete(without);
      return withTemplates(copy);
    },
    execute: (name, dot, functions) => {
      const compiled = templates.get(name);
      if (compiled === undefined) {
        throw new TemplateError(
          'TemplateFailed',
          name,
          `template: no template ${JSON.stringify(name)} associated with template "gotpl"`,
        );
      }
      const run: Run = {
        out: [],
        node: undefined,
        tree: compiled.tree,
        boxed: false,
        depth: 0,
        meter,
        limits,
        functions,
        template: (each) => templates.get(each),
        missingKey,
      };
      if (running === 0) Object.assign(meter, { steps: 0, written: 0 });
      running += 1;
      try {
        executeTree(compiled, dot, run);
      } finally {
        running -= 1;
      }
      return run.out.join('');
    },
  });
  return withTemplates(new Map());
}

/** Only spaces and nothing else. */
function isEmptyTree(tree: Tree): boolean {
  return tree.nodes.every((node: Node) => node.type === 'text' && node.text.trim() === '');
}
