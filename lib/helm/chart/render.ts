/** Renders a chart: every template of its tree with the values of its chart (helm 3.19 pkg/engine). */
import { messageOf } from '../../runtime/mod.ts';
import { createTemplateSet, quote, TemplateError } from '../template/mod.ts';
import type { TemplateFunction, TemplateFunctions, TemplateSet } from '../template/mod.ts';
import { GoTypedMap, textOfBytes } from '../values/mod.ts';
import type { GoMap, GoValue } from '../values/mod.ts';
import { chartPath, joined } from './chart.ts';
import type { Chart, ChartFile } from './chart.ts';
import type { Capabilities } from './default-capabilities.ts';
import { HelmError } from './errors.ts';
import { capabilitiesStruct, chartStruct, Files, isLibrary, releaseMap } from './top-values.ts';
import type { ReleaseFacts } from './top-values.ts';
import type { Warn } from './tables.ts';

export interface RenderInput {
  /** With its dependencies processed. */
  chart: Chart;
  /** Chart defaults and user values, coalesced. */
  values: GoMap;
  release: ReleaseFacts;
  capabilities: Capabilities;
  /** Functions of sprig and Helm, without those that need a rendering. */
  functions: TemplateFunctions;
  /** Answers `lookup`; without it nothing is found. What it throws fails the template. */
  lookup?: (apiVersion: string, kind: string, namespace: string, name: string) => GoMap;
  /** Answers `getHostByName`; without it the answer is empty. What it throws fails the template. */
  resolveHost?: (name: string) => string;
  /** A missing key is an error. */
  strict?: boolean;
  /** Asked now and then; true stops the rendering. */
  isExpired?: () => boolean;
  /** For `helm lint`: `required` and `fail` let pass, and their messages go here. */
  lint?: Warn;
}

interface Renderable {
  path: string;
  basePath: string;
  data: Uint8Array;
}

interface Compilation {
  templates: TemplateSet;
  /** In the order in which Helm parses and executes. */
  files: readonly Renderable[];
  strict: boolean;
  /** Of the rendering that runs. */
  watch: { isExpired: () => boolean };
}

/**
 * Compiled charts: rendering again does not parse again. Keyed by the list of the top chart's templates, which stays
 * the same when dependencies are processed anew; the files below are compared.
 */
const compiled = new WeakMap<readonly ChartFile[], Compilation>();

/** Functions that need the rendering they are called from. */
const renderFunctionNames = ['include', 'tpl', 'required', 'fail', 'lookup', 'getHostByName'];

/** How deep a template may include itself. Helm allows 1000, for which a JavaScript stack is too short. */
const deepestInclude = 400;

/**
 * @returns each file's text by its path (`podinfo/templates/service.yaml`); partials are left out
 * @throws HelmError `RenderFailed` with Helm's message
 */
export function renderTemplates(input: RenderInput): Map<string, string> {
  const { chart, strict = false } = input;
  const { templates, files, watch } = compile(chart, input.functions, strict);
  watch.isExpired = input.isExpired ?? (() => false);
  const topOf = topValues(input);
  const functions = renderFunctions(input);
  const rendered = new Map<string, string>();
  for (const { path, basePath } of files) {
    if (baseName(path).startsWith('_')) continue;
    const top: GoMap = topOf.get(basePath) ?? new Map();
    // The templates of a chart share one top: what one of them sets there, the next one sees.
    top.set(
      'Template',
      values(
        new Map([
          ['Name', path],
          ['BasePath', basePath],
        ]),
      ),
    );
    try {
      rendered.set(
        path,
        templates.execute(path, values(top), functions).replaceAll('<no value>', ''),
      );
    } catch (thrown) {
      throw renderError(path, thrown);
    }
  }
  return rendered;
}

function compile(chart: Chart, functions: TemplateFunctions, strict: boolean): Compilation {
  const files = [...templatesOf(chart, chartPath(chart)).values()].sort(deepestFirst);
  const known = compiled.get(chart.templates);
  if (known !== undefined && known.strict === strict && sameFiles(known.files, files)) return known;
  const watch = { isExpired: () => false };
  const templates = createTemplateSet({
    isExpired: () => watch.isExpired(),
    functionNames: [...Object.keys(functions), ...renderFunctionNames],
    missingKey: strict ? 'error' : 'zero',
  });
  for (const { path, data } of files) {
    try {
      templates.parse(path, textOfBytes(data));
    } catch (thrown) {
      throw parseError(path, thrown);
    }
  }
  const compilation = { templates, files, strict, watch };
  compiled.set(chart.templates, compilation);
  return compilation;
}

function sameFiles(a: readonly Renderable[], b: readonly Renderable[]): boolean {
  return (
    a.length === b.length &&
    a.every((file, at) => file.path === b[at]?.path && file.data === b[at].data)
  );
}

/** `chartutil.Values`, a map with a name of its own. */
const values = (entries: GoMap): GoTypedMap => new GoTypedMap('chartutil.Values', entries);

/** By path; of two with one path the later wins, a parent's over a sub-chart's. */
function templatesOf(
  chart: Chart,
  path: string,
  found = new Map<string, Renderable>(),
): Map<string, Renderable> {
  for (const child of chart.dependencies) templatesOf(child, chartPath(child, path), found);
  for (const { name, data } of chart.templates) {
    if (isLibrary(chart) && !baseName(name).startsWith('_')) continue;
    const full = joined(path, name);
    found.set(full, { path: full, basePath: joined(path, 'templates'), data });
  }
  return found;
}

/** Deeper paths first, so that what a parent defines wins; reverse order of names within one depth. */
function deepestFirst(a: Renderable, b: Renderable): number {
  const depth = (path: string) => path.split('/').length;
  return depth(b.path) - depth(a.path) || (a.path < b.path ? 1 : a.path > b.path ? -1 : 0);
}

/** The top of each chart in the tree, by the base path of its templates. */
function topValues(input: RenderInput): Map<string, GoMap> {
  const { chart, release, capabilities } = input;
  const tops = new Map<string, GoMap>();
  const shared = { release: releaseMap(release), capabilities: capabilitiesStruct(capabilities) };
  const build = (each: Chart, own: GoValue, path: string, isRoot: boolean): GoMap => {
    const scope = own instanceof Map ? own : new Map<string, GoValue>();
    const subcharts: GoMap = new Map();
    const top: GoMap = new Map<string, GoValue>([
      ['Chart', chartStruct(each.metadata, isRoot)],
      ['Files', new Files(each.files)],
      ['Release', shared.release],
      ['Capabilities', shared.capabilities],
      ['Values', values(scope)],
      ['Subcharts', subcharts],
    ]);
    tops.set(joined(path, 'templates'), top);
    for (const child of each.dependencies) {
      const { name } = child.metadata;
      const below = build(child, scope.get(name) ?? null, chartPath(child, path), false);
      subcharts.set(name, below);
    }
    return top;
  };
  build(chart, input.values, chartPath(chart), true);
  return tops;
}

/** The functions that need the rendering they are called from. */
function renderFunctions(input: RenderInput): TemplateFunctions {
  const included = new Map<string, number>();
  const own: Record<string, TemplateFunction> = {
    include: {
      params: ['string', 'any'],
      rest: undefined,
      call: ([name, data], caller) => {
        const named = String(name as string);
        const depth = included.get(named) ?? 0;
        if (depth > deepestInclude) {
          throw new Error(
            `rendering template has a nested reference name: ${named}: unable to execute template`,
          );
        }
        included.set(named, depth + 1);
        try {
          return caller.execute(named, data ?? null, functions);
        } finally {
          included.set(named, depth);
        }
      },
    },
    tpl: {
      params: ['string', 'any'],
      rest: undefined,
      call: ([text, data], caller) => {
        const source = String(text as string);
        if (!source.includes('{{')) return source.replaceAll('<no value>', '');
        // A tpl within a tpl must not find the text it was called from.
        const own = caller.extend('gotpl');
        try {
          own.parse('gotpl', source);
        } catch (cause) {
          throw new Error(`cannot parse template ${quote(source)}: ${messageOf(cause)}`, {
            cause,
          });
        }
        try {
          return own.execute('gotpl', data ?? null, functions).replaceAll('<no value>', '');
        } catch (cause) {
          throw new Error(
            `error during tpl function execution for ${quote(source)}: ${messageOf(cause)}`,
            { cause },
          );
        }
      },
    },
    required: {
      params: ['string', 'any'],
      rest: undefined,
      call: ([warning, value]) => {
        if (value !== null && value !== undefined && value !== '') return value;
        if (input.lint === undefined) throw new Error(`${warnStart}${warning as string}${warnEnd}`);
        input.lint(
          `Missing required value: ${warning as string}`,
          value === '' ? 'engine.go:214' : 'engine.go:206',
        );
        return '';
      },
    },
    fail: {
      params: ['string'],
      rest: undefined,
      call: ([message]) => {
        if (input.lint === undefined) throw new Error(`${warnStart}${message as string}${warnEnd}`);
        input.lint(`Fail: ${message as string}`, 'engine.go:227');
        return '';
      },
    },
    getHostByName: {
      params: ['string'],
      rest: undefined,
      call: ([host]) => input.resolveHost?.(host as string) ?? '',
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
  // On top of the table that was handed in, which has hundreds of entries.
  const functions: TemplateFunctions = Object.assign(
    Object.create(input.functions) as Record<string, TemplateFunction>,
    own,
  );
  return functions;
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Around the message of `required` and `fail`, so that it can be told from where it happened. */
const [warnStart, warnEnd] = ['HELM_ERR_START', 'HELM_ERR_END'];

/** `parse error at (path:line): what`, as Helm shortens Go's message. */
function parseError(path: string, thrown: unknown): HelmError {
  const message = messageOf(thrown);
  const parts = message.split(': ');
  const text =
    parts.length === 1
      ? `parse error in (${path}): ${message}`
      : `parse error at (${parts[1]}): ${parts.at(-1)}`;
  return new HelmError('RenderFailed', path, text, { cause: thrown });
}

/** Of `required` and `fail` only the place and the author's message are kept. */
function renderError(path: string, thrown: unknown): unknown {
  if (!(thrown instanceof TemplateError)) return thrown;
  const parts = /^[^:]*: (.*?): (.*)$/s.exec(thrown.message);
  const warning = /HELM_ERR_START(.*)HELM_ERR_END/s.exec(parts?.[2] ?? '')?.[1];
  const text =
    parts === null
      ? `execution error in (${path}): ${thrown.message}`
      : warning === undefined
        ? thrown.message
        : `execution error at (${parts[1]}): ${warning}`;
  return new HelmError('RenderFailed', path, text, { cause: thrown });
}
