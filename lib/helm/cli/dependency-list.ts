/** `dependency list` (helm 3.19 pkg/action/dependency.go). */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseVersion } from '../../policy/mod.ts';
import { inRange } from '../chart/mod.ts';
import type { Chart, ChartDependency } from '../chart/mod.ts';
import { loadChartPath } from '../fetch/directory.ts';
import { warnTo } from './chart-input.ts';
import { command, refuse } from './context.ts';
import type { CommandContext } from './context.ts';
import { table } from './print.ts';

export const dependencyList = command({
  usage: 'dependency list CHART',
  help: 'Lists what Chart.yaml asks for, and whether it lies in charts/.',
  args: { least: 0, most: 1 },
  flags: [
    {
      name: 'max-col-width',
      type: 'int',
      default: 80,
      shows: 'uint',
      help: 'maximum column width for output table',
    },
  ],
  run: async (context, [folder = '.'], flags) => {
    await stat(folder).catch(() => {
      throw refuse(`stat ${folder}: no such file or directory`);
    });
    const chart = await loadChartPath(folder, { warn: warnTo(context) });
    const wanted = chart.metadata.dependencies;
    if (wanted === undefined) {
      context.out(`WARNING: no dependencies at ${path.join(folder, 'charts')}\n`);
      return;
    }
    const present = await readdir(path.join(folder, 'charts')).catch((): string[] => []);
    const rows = await Promise.all(
      wanted.map(async (each) => [
        each.name,
        each.version ?? '',
        each.repository ?? '',
        await statusOf(folder, present, each, chart),
      ]),
    );
    context.out(
      `${table([['NAME', 'VERSION', 'REPOSITORY', 'STATUS'], ...rows], flags['max-col-width'])}\n`,
    );
    await warnOfOthers(context, folder, present, wanted);
  },
});

async function statusOf(
  folder: string,
  present: readonly string[],
  dependency: ChartDependency,
  parent: Chart,
): Promise<string> {
  const { name } = dependency;
  const archives = present.filter((file) => file.startsWith(`${name}-`) && file.endsWith('.tgz'));
  const versioned = archives.filter((file) => {
    const version = file.slice(name.length + 1, -'.tgz'.length);
    return /^\d+\.\d+\.\d+/.test(version) && parseVersion(version) !== undefined;
  });
  if (archives.length > 1 && versioned.length > 1) return 'too many matches';
  const archive = archives.length === 1 ? archives[0] : versioned[0];
  if (archive !== undefined) {
    const chart = await loadChartPath(path.join(folder, 'charts', archive)).catch(() => undefined);
    if (chart === undefined) return 'corrupt';
    if (chart.metadata.name !== name) return 'misnamed';
    return versionStatus(dependency, chart) ?? 'ok';
  }
  const unpacked = parent.dependencies.find((child) => child.metadata.name === name);
  if (unpacked === undefined) return 'missing';
  return versionStatus(dependency, unpacked) ?? 'unpacked';
}

function versionStatus({ version = '' }: ChartDependency, { metadata }: Chart): string | undefined {
  if (metadata.version === version) return undefined;
  return inRange(version, metadata.version) ? undefined : 'wrong version';
}

async function warnOfOthers(
  context: CommandContext,
  folder: string,
  present: readonly string[],
  wanted: readonly ChartDependency[],
): Promise<void> {
  for (const name of [...present].sort()) {
    const file = path.join(folder, 'charts', name);
    const chart = await loadChartPath(file).catch(() => undefined);
    if (chart === undefined) {
      if (name.endsWith('.tgz') || !name.includes('.'))
        context.out(`WARNING: "${file}" is not a chart.\n`);
    } else if (!wanted.some((each) => each.name === chart.metadata.name)) {
      context.out(`WARNING: "${file}" is not in Chart.yaml.\n`);
    }
  }
}
