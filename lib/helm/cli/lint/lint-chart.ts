/** One chart, all rules in Helm's order (helm 3.19 pkg/lint). */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../../runtime/mod.ts';
import type { Clock } from '../../../runtime/mod.ts';
import { loadChart } from '../../chart/mod.ts';
import type { Capabilities, Chart, ChartFile, Warn } from '../../chart/mod.ts';
import { unpackArchive } from '../../fetch/archive.ts';
import { readChartDirectory } from '../../fetch/directory.ts';
import type { GoMap } from '../../values/mod.ts';
import { lintChartFile } from './chart-file.ts';
import { lintDependencies } from './dependencies.ts';
import { createReport } from './message.ts';
import type { LintMessage } from './message.ts';
import { lintTemplates } from './templates.ts';
import { lintValues } from './values.ts';

export interface LintOptions {
  values: GoMap;
  namespace: string;
  /** As given on the command line. */
  kubeVersion: Capabilities['kubeVersion'] | undefined;
  capabilities: Capabilities;
  skipSchema: boolean;
  clock: Clock;
  warn: Warn;
}

/** A chart to look at, loaded or not. */
export interface LintedChart {
  folder: string;
  files: ReadonlyMap<string, ChartFile>;
  /** The chart, or why it cannot be loaded. */
  loaded: Chart | string;
}

/** @returns `problem` when the path holds no chart at all */
export async function lintChart(
  location: string,
  options: LintOptions,
): Promise<{ messages: LintMessage[]; problem: string | undefined }> {
  const isArchive = /\.(?:tgz|tar\.gz)$/.test(location);
  const folder = path.resolve(location);
  let files: readonly ChartFile[];
  let raw: readonly ChartFile[];
  try {
    if (isArchive) files = raw = unpackArchive(await readFile(location));
    else {
      await mustHaveChart(location);
      files = await readChartDirectory(location);
      raw = await rawFiles(location, files);
    }
  } catch (thrown) {
    const text = messageOf(thrown);
    return {
      messages: [],
      problem: isArchive ? `unable to extract tarball: ${text}` : text,
    };
  }
  const report = createReport();
  const chart: LintedChart = {
    folder,
    files: new Map(raw.map((file) => [file.name, file])),
    loaded: load(files, options.warn),
  };
  lintChartFile(report, chart);
  await lintValues(report, chart, options.values);
  await lintTemplates(report, chart, options);
  lintDependencies(report, chart);
  return { messages: report.messages, problem: undefined };
}

async function mustHaveChart(location: string): Promise<void> {
  const file = path.join(location, 'Chart.yaml');
  await stat(file).catch((cause: unknown) => {
    throw new Error(
      `unable to check Chart.yaml file in chart: stat ${file}: no such file or directory`,
      { cause },
    );
  });
}

/** The rules read some files even when `.helmignore` names them. */
async function rawFiles(location: string, files: readonly ChartFile[]): Promise<ChartFile[]> {
  const all = [...files];
  for (const name of ['Chart.yaml', 'values.yaml', 'values.schema.json']) {
    if (files.some((file) => file.name === name)) continue;
    const data = await readFile(path.join(location, name)).catch(() => undefined);
    if (data !== undefined) all.push({ name, data });
  }
  return all;
}

function load(files: readonly ChartFile[], warn: Warn): Chart | string {
  try {
    return loadChart(files, { unpack: unpackArchive, warn });
  } catch (thrown) {
    return messageOf(thrown);
  }
}
