/** Renders a chart: every template of its tree with the values of its chart (helm 3.19 pkg/engine). */
import { createTemplateSet, TemplateError } from '../template/mod.ts';
import type { TemplateFunction, TemplateFunctions, TemplateSet } from '../template/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import type { Chart } from './chart.ts';
import type { Capabilities } from './default-capabilities.ts';
import { HelmError } from './errors.ts';
import { capabilitiesStruct, chartStruct, Files, isLibrary, releaseMap } from './top-values.ts';
import type { ReleaseFacts } from './top-values.ts';

export interface RenderInput {
  /** With its dependencies processed. */
  chart: Chart;
  /** Chart defaults and user values, coalesced. */
  values: GoMap;
  release: ReleaseFacts;
  capabilities: Capabilities;
  /** Functions of sprig and Helm, without those that need a rendering. */
  functions: TemplateFunctions;
  /** Answers `lookup`; without it nothing is found. */
  lookup?: (apiVersion: string, kind: string, namespace: string, name: string) => GoMap;
  /** A missing key is an error. */
  strict?: boolean;
}

interface Renderable {
  path: string;
  basePath: string;
  chart: Chart;
}

interface Compilation {
  templates: TemplateSet;
  /** In the order in which Helm parses and executes. */
  files: readonly Renderable[];
  functionNames: ReadonlySet<string>;
}

/** Compiled charts, by the chart's identity: rendering again does not parse again. */
const compiled = new WeakMap<Chart, Map<boolean, Compilation>>();

/** How deep a template may include itself. */
const deepestInclude = 1000;

/**
 * @returns each file's text by its path (`podinfo/templates/service.yaml`); partials are left out
 * @throws HelmError `RenderFailed` with Helm's message
 */
export function renderTemplates(input: RenderInput): Map<string, string> {
  const { chart, strict = false } = input;
  const { templates, files } = compile(chart, input.functions, strict);
  const topOf = topValues(input);
  const functions = renderFunctions(input, templates, new Map());
  const rendered = new Map<string, string>();
  for (const { path, basePath, chart: owner } of files) {
    if (baseName(path).startsWith('_')) continue;
    const top: GoMap = new Map(topOf(owner));
    top.set(
      'Template',
      new Map([
        ['Name', path],
        ['BasePath', basePath],
      ]),
    );
    try {
      rendered.set(
        path,
        templates
          .execute(path, top, functions)
          .replaceAll('<no value>', strict ? '<no value>' : ''),
      );
    } catch (thrown) {
      throw renderError(path, thrown);
    }
  }
  return rendered;
}

function compile(chart: Chart, functions: TemplateFunctions, strict: boolean): Compilation {
  const known = compiled.get(chart)?.get(strict);
  if (known !== undefined && Object.keys(functions).every((name) => known.functionNames.has(name)))
    return known;
  const files = templatesOf(chart, chart.metadata.name, true).sort(deepestFirst);
  const functionNames = new Set([
    ...Object.keys(functions),
    'include',
    'tpl',
    'required',
    'fail',
    'lookup',
  ]);
  const templates = createTemplateSet({ functionNames, missingKey: strict ? 'error' : 'zero' });
  const decoder = new TextDecoder();
  for (const { path, data } of files) {
    try {
      templates.parse(path, decoder.decode(data));
    } catch (thrown) {
      throw parseError(path, thrown);
    }
  }
  const compilation = { templates, files, functionNames };
  const byMode = compiled.get(chart) ?? new Map<boolean, Compilation>();
  byMode.set(strict, compilation);
  compiled.set(chart, byMode);
  return compilation;
}

function templatesOf(
  chart: Chart,
  path: string,
  isRoot: boolean,
): (Renderable & { data: Uint8Array })[] {
  const own = chart.templates
    .filter(({ name }) => !isLibrary(chart) || baseName(name).startsWith('_'))
    .map(({ name, data }) => ({
      path: `${path}/${name}`,
      basePath: `${path}/templates`,
      chart,
      data,
      isRoot,
    }));
  const below = chart.dependencies.flatMap((child) =>
    templatesOf(child, `${path}/charts/${child.metadata.name}`, false),
  );
  return [...below, ...own];
}

/** Deeper paths first, so that what a parent defines wins; reverse order of names within one depth. */
function deepestFirst(a: Renderable, b: Renderable): number {
  const depth = (path: string) => path.split('/').length;
  return depth(b.path) - depth(a.path) || (a.path < b.path ? 1 : a.path > b.path ? -1 : 0);
}

/** The top of each chart in the tree, made once. */
function topValues({ chart, values, release, capabilities }: RenderInput): (chart: Chart) => GoMap {
  const tops = new Map<Chart, GoMap>();
  const shared = { release: releaseMap(release), capabilities: capabilitiesStruct(capabilities) };
  const build = (each: Chart, own: GoValue, isRoot: boolean): GoMap => {
    const scope = own instanceof Map ? own : new Map<string, GoValue>();
    const subcharts: GoMap = new Map();
    const top: GoMap = new Map<string, GoValue>([
      ['Chart', chartStruct(each.metadata, isRoot)],
      ['Files', new Files(each.files)],
      ['Release', shared.release],
      ['Capabilities', shared.capabilities],
      ['Values', scope],
      ['Subcharts', subcharts],
    ]);
    tops.set(each, top);
    for (const child of each.dependencies) {
      const { name } = child.metadata;
      subcharts.set(name, build(child, scope.get(name) ?? null, false));
    }
    return top;
  };
  build(chart, values, true);
  return (each) => tops.get(each) ?? new Map();
}

/** The functions that close over the templates being rendered. */
function renderFunctions(
  input: RenderInput,
  templates: TemplateSet,
  included: Map<string, number>,
): TemplateFunctions {
  const functions: Record<string, TemplateFunction> = {
    ...input.functions,
    include: {
      params: ['string', 'any'],
      rest: undefined,
      call: ([name, data]) => {
        const named = String(name as string);
        const depth = included.get(named) ?? 0;
        if (depth > deepestInclude) {
          throw new Error(
            `rendering template has a nested reference name: ${named}: unable to execute template`,
          );
        }
        included.set(named, depth + 1);
        try {
          return templates.execute(named, data ?? null, functions);
        } finally {
          included.set(named, depth);
        }
      },
    },
    tpl: {
      params: ['string', 'any'],
      rest: undefined,
      call: ([text, data]) => {
        const source = String(text as string);
        const clone = templates.clone();
        try {
          clone.parse('gotpl', source);
        } catch (cause) {
          throw new Error(`cannot parse template ${JSON.stringify(source)}: ${messageOf(cause)}`, {
            cause,
          });
        }
        if (!clone.has('gotpl')) return '';
        try {
          return clone
            .execute('gotpl', data ?? null, renderFunctions(input, clone, included))
            .replaceAll('<no value>', '');
        } catch (cause) {
          throw new Error(
            `error during tpl function execution for ${JSON.stringify(source)}: ${messageOf(cause)}`,
            { cause },
          );
        }
      },
    },
    required: {
      params: ['string', 'any'],
      rest: undefined,
      call: ([warning, value]) => {
        if (value === null || value === undefined || value === '')
          throw new Error(String(warning as string));
        return value;
      },
    },
    fail: {
      params: ['string'],
      rest: undefined,
      call: ([message]) => {
        throw new Error(String(message as string));
      },
    },
    lookup: {
      params: ['string', 'string', 'string', 'string'],
      rest: undefined,
      call: (args) => {
        const [apiVersion = '', kind = '', namespace = '', name = ''] = args.map((arg) =>
          String(arg as string),
        );
        return input.lookup?.(apiVersion, kind, namespace, name) ?? new Map();
      },
    },
  };
  return functions;
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);

/** `parse error at (path:line): what`, as Helm rewrites Go's message. */
function parseError(path: string, thrown: unknown): HelmError {
  const message = messageOf(thrown);
  const parts = /^template: ([^:]+:\d+): (.*)$/s.exec(message);
  const text = parts === null ? message : `parse error at (${parts[1]}): ${parts[2]}`;
  return new HelmError('RenderFailed', path, text, { cause: thrown });
}

function renderError(path: string, thrown: unknown): unknown {
  if (!(thrown instanceof TemplateError)) return thrown;
  return new HelmError('RenderFailed', path, thrown.message, { cause: thrown });
}
