/** Charts and values from the command line. */
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../runtime/mod.ts';
import type { Clock, FlagValues } from '../../runtime/mod.ts';
import { overlayValues, setFileValues, setValues } from '../chart/mod.ts';
import type { Chart, Warn } from '../chart/mod.ts';
import { loadChartPath } from '../fetch/directory.ts';
import { textOfBytes } from '../values/mod.ts';
import type { GoMap } from '../values/mod.ts';
import { parseYamlMap } from '../yaml/mod.ts';
import { refuse } from './context.ts';
import type { CommandContext, Streams } from './context.ts';
import type { chartPathFlags } from './flags.ts';

interface ValueInput {
  values: readonly string[];
  set: readonly string[];
  'set-string': readonly string[];
  'set-file': readonly string[];
  'set-json': readonly string[];
  'set-literal': readonly string[];
}

/** Files first, then `--set-json`, `--set`, `--set-string`, `--set-file`, `--set-literal`. */
export async function readValues(flags: ValueInput, streams: Streams): Promise<GoMap> {
  let values: GoMap = new Map();
  for (const file of flags.values) {
    const text = await readText(file, streams);
    try {
      values = overlayValues(values, parseYamlMap(text));
    } catch (thrown) {
      throw refuse(`failed to parse ${file}: ${messageOf(thrown)}`);
    }
  }
  const each = (texts: readonly string[], name: string, apply: (text: string) => void) => {
    for (const text of texts) {
      try {
        apply(text);
      } catch (thrown) {
        throw refuse(
          name === 'set-json'
            ? `failed parsing --set-json data ${text}`
            : `failed parsing --${name} data: ${messageOf(thrown)}`,
        );
      }
    }
  };
  each(flags['set-json'], 'set-json', (text) => setValues(values, text, 'json'));
  each(flags.set, 'set', (text) => setValues(values, text));
  each(flags['set-string'], 'set-string', (text) => setValues(values, text, 'string'));
  each(flags['set-file'], 'set-file', (text) =>
    setFileValues(values, text, (file) => textOfBytes(readFileSync(file))),
  );
  each(flags['set-literal'], 'set-literal', (text) => setValues(values, text, 'literal'));
  return values;
}

async function readText(file: string, { readInput }: Streams): Promise<string> {
  if (file.trim() === '-') return readInput();
  if (/^https?:\/\//.test(file)) {
    const response = await fetch(file);
    if (response.ok) return response.text();
    throw refuse(`failed to fetch ${file} : ${response.status} ${response.statusText}`);
  }
  return readFile(file, 'utf8').catch((thrown: unknown) => {
    throw refuse(
      thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT'
        ? `open ${file}: no such file or directory`
        : messageOf(thrown),
    );
  });
}

/** What `chartPathFlags` and their companions say. */
export type ChartInput = FlagValues<typeof chartPathFlags> & {
  devel?: boolean;
  'dependency-update'?: boolean;
};

/** What Helm does in between: the order decides which of several mistakes is told. */
interface ChartSteps {
  /** The chart is there, and not yet read. */
  located?: () => Promise<void>;
  /** It is read; whether its dependencies are there is looked at next. */
  loaded?: (chart: Chart) => void;
}

/** The chart that a path, a URL or a repository's name means; its dependencies must be there. */
export async function readChart(
  reference: string,
  flags: ChartInput,
  context: CommandContext,
  steps: ChartSteps = {},
): Promise<Chart> {
  const path = await locate(reference, flags, context);
  await steps.located?.();
  const chart = await loadChartPath(path, { warn: warnTo(context) });
  steps.loaded?.(chart);
  const missing = missingDependencies(chart);
  if (missing.length === 0) return chart;
  if (flags['dependency-update'] === true) {
    const { updateCharts } = await import('./dependency.ts');
    await updateCharts(path, context, { ...flags, verify: false, 'skip-refresh': false });
    return loadChartPath(path, { warn: warnTo(context) });
  }
  throw refuse(
    `An error occurred while checking for chart dependencies. You may need to run \`helm dependency build\` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: ${missing.join(', ')}`,
  );
}

/** As `readChart`, whether or not its dependencies are there. */
export async function readChartFiles(
  reference: string,
  flags: ChartInput,
  context: CommandContext,
): Promise<Chart> {
  return loadChartPath(await locate(reference, flags, context), { warn: warnTo(context) });
}

/** What lies on disk comes first, whatever else the name could mean. */
async function locate(given: string, flags: ChartInput, context: CommandContext): Promise<string> {
  const reference = given.trim();
  if (existsSync(reference)) {
    if (flags.verify) {
      const { verifyFile } = await import('./verify.ts');
      await verifyFile(path.resolve(reference), flags.keyring, context);
    }
    return path.resolve(reference);
  }
  if (path.isAbsolute(reference) || reference.startsWith('.'))
    throw refuse(`path "${reference}" not found`);
  const { downloadChart } = await import('./download.ts');
  return (await downloadChart(reference, flags, context)).file;
}

/** Helm's log: on standard error, behind the line of its source. */
export const warnTo =
  ({ err }: Streams): Warn =>
  (line, place) =>
    err(`${place}: ${line}\n`);

/** By name alone, as Helm looks; a version that is out of range shows when the chart is rendered. */
export function missingDependencies(chart: Chart): string[] {
  return (chart.metadata.dependencies ?? [])
    .filter(({ name }) => !chart.dependencies.some((child) => child.metadata.name === name))
    .map(({ name }) => name);
}

/**
 * The chart to install and the user's values.
 *
 * @throws HelmError for library charts
 */
export async function readInstallable(
  reference: string,
  flags: ChartInput & ValueInput,
  context: CommandContext,
): Promise<{ chart: Chart; values: GoMap }> {
  let values: GoMap = new Map();
  const chart = await readChart(reference, flags, context, {
    located: async () => {
      values = await readValues(flags, context);
    },
    loaded: (loaded) => {
      const { type = '' } = loaded.metadata;
      if (type !== '' && type !== 'application') throw refuse(`${type} charts are not installable`);
      warnOfDeprecated(loaded, context);
    },
  });
  return { chart, values };
}

export function warnOfDeprecated({ metadata }: Chart, { err }: Streams): void {
  if (metadata.deprecated === true) err('WARNING: This chart is deprecated\n');
}

/**
 * The name and the chart of `NAME CHART`.
 *
 * @param how.otherwise the name when none is given nor generated
 */
export async function nameAndChart(
  args: readonly string[],
  how: { generate: boolean; template: string; otherwise?: string },
  clock: Clock,
): Promise<{ name: string; reference: string }> {
  const [first = '', second] = args;
  if (args.length > 2)
    throw refuse(
      `expected at most two arguments, unexpected arguments: ${args.slice(2).join(', ')}`,
    );
  if (second !== undefined) {
    if (how.generate) throw refuse('cannot set --generate-name and also specify a name');
    if (how.template !== '') throw refuse('cannot set --name-template and also specify a name');
    return { name: first, reference: second };
  }
  if (how.template !== '') {
    const { renderText } = await import('./text-template.ts');
    return { name: renderText('name-template', how.template, null, clock), reference: first };
  }
  if (how.otherwise !== undefined) return { name: how.otherwise, reference: first };
  if (!how.generate) throw refuse('must either provide a name or specify --generate-name');
  const last = first.replace(/\/+$/, '').split('/').at(-1) ?? '';
  const base = (last === '.' || last === '' ? 'chart' : last).replace(/\..*$/s, '');
  return { name: `${base}-${Math.floor(clock.now().getTime() / 1000)}`, reference: first };
}

/** @throws HelmError as Helm words it */
export function dryRunOf(text: string, given: boolean): 'client' | 'server' | undefined {
  if (!given || text === '' || text === 'none' || text === 'false') return undefined;
  if (text === 'true' || text === 'client') return 'client';
  if (text === 'server') return 'server';
  throw refuse(
    'Invalid dry-run flag. Flag must one of the following: false, true, none, client, server',
  );
}
