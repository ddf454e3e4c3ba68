/** Charts and values from the command line. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { messageOf } from '../../runtime/mod.ts';
import { inRange, overlayValues, setFileValues, setValues } from '../chart/mod.ts';
import type { Chart } from '../chart/mod.ts';
import { loadChartPath } from '../fetch/directory.ts';
import type { GoMap } from '../values/mod.ts';
import { parseYamlMap } from '../yaml/mod.ts';
import { refuse } from './context.ts';
import type { CommandContext, Streams } from './context.ts';

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
    setFileValues(values, text, (file) => readFileSync(file, 'utf8')),
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

interface ChartInput {
  version: string;
  repo: string;
  username: string;
  password: string;
  devel: boolean;
  'dependency-update': boolean;
}

/** The chart that a path, a URL or (with `--repo`) a name means; its dependencies must be there. */
export async function readChart(
  reference: string,
  flags: ChartInput,
  { err, clock }: Pick<CommandContext, 'err' | 'clock'>,
  cacheFolder: string,
): Promise<Chart> {
  const chart = await readChartFiles(reference, flags, { err }, cacheFolder);
  const missing = missingDependencies(chart);
  if (missing.length === 0) return chart;
  if (flags['dependency-update'] && flags.repo === '') {
    const { updateDependencies } = await import('../fetch/dependencies.ts');
    await updateDependencies(reference, { cacheFolder, clock });
    return loadChartPath(reference, { warn: (line) => err(`${line}\n`) });
  }
  throw refuse(
    `An error occurred while checking for chart dependencies. You may need to run \`helm dependency build\` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: ${missing.join(', ')}`,
  );
}

/** As `readChart`, whether or not its dependencies are there. */
export async function readChartFiles(
  reference: string,
  flags: ChartInput,
  { err }: Pick<Streams, 'err'>,
  cacheFolder: string,
): Promise<Chart> {
  const version = flags.version === '' && flags.devel ? '>0.0.0-0' : flags.version;
  const credentials =
    flags.username === ''
      ? {}
      : { credentials: { username: flags.username, password: flags.password } };
  if (flags.repo !== '') {
    const { fetchRepositoryChart } = await import('../fetch/repository.ts');
    const fetched = await fetchRepositoryChart({
      repository: flags.repo,
      name: reference,
      version,
      cacheFolder,
      ...credentials,
    });
    return fetched.chart;
  }
  if (/^(https?|oci):\/\//.test(reference)) {
    const { fetchChartArchive } = await import('../fetch/repository.ts');
    return (await fetchChartArchive({ url: reference, ...credentials })).chart;
  }
  return loadChartPath(reference, { warn: (line) => err(`${line}\n`) });
}

function missingDependencies(chart: Chart): string[] {
  return (chart.metadata.dependencies ?? [])
    .filter(
      ({ name, version }) =>
        !chart.dependencies.some(
          (child) => child.metadata.name === name && inRange(version ?? '', child.metadata.version),
        ),
    )
    .map(({ name }) => name);
}

/** @throws HelmError for library charts */
export function checkInstallable({ metadata }: Chart): void {
  const { type = '' } = metadata;
  if (type !== '' && type !== 'application') throw refuse(`${type} charts are not installable`);
}

/** The name and the chart of `NAME CHART`. */
export function nameAndChart(
  args: readonly string[],
  generate: boolean,
  seconds: () => number,
  otherwise?: string,
): { name: string; reference: string } {
  const [first = '', second] = args;
  if (args.length > 2)
    throw refuse(
      `expected at most two arguments, unexpected arguments: ${args.slice(2).join(', ')}`,
    );
  if (generate) {
    if (second !== undefined) throw refuse('cannot set --generate-name and also specify a name');
    const base = (first.replace(/\/+$/, '').split('/').at(-1) ?? '').replace(/-[0-9].*$/, '');
    const short = base === '.' || base === '' ? 'chart' : base;
    return { name: `${short}-${seconds()}`, reference: first };
  }
  if (second !== undefined) return { name: first, reference: second };
  if (otherwise !== undefined) return { name: otherwise, reference: first };
  throw refuse('must either provide a name or specify --generate-name');
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
