/** A chart from files in memory (helm 3.19 pkg/chart/loader). */
import { messageOf } from '../../runtime/mod.ts';
import { textOfBytes } from '../values/mod.ts';
import type { GoMap } from '../values/mod.ts';
import { parseYaml, parseYamlMap } from '../yaml/mod.ts';
import type { Chart, ChartFile, ChartLock, ChartMetadata } from './chart.ts';
import { HelmError } from './errors.ts';
import { readLock, readMetadata, validateMetadata } from './metadata.ts';
import type { Warn } from './tables.ts';

export interface LoadOptions {
  /** Unpacks a `.tgz` of `charts/` into files named relative to the chart in it. */
  unpack?: (archive: Uint8Array) => readonly ChartFile[];
  /** Told what Helm prints as a warning. */
  warn?: Warn;
}

/**
 * Builds a chart, its sub-charts included, from files named relative to it.
 *
 * @throws HelmError `InvalidChart` with Helm's text (`Chart.yaml file is missing`, `validation: …`,
 *   `cannot load values.yaml: …`, `error unpacking subchart x in y: …`)
 */
export function loadChart(files: readonly ChartFile[], options: LoadOptions = {}): Chart {
  const warn = options.warn ?? (() => undefined);
  let metadata: ChartMetadata | undefined;
  const chartYaml = files.find((file) => file.name === 'Chart.yaml');
  if (chartYaml !== undefined) {
    metadata = readMetadata(chartYaml.data, 'Chart.yaml');
    if ((metadata.apiVersion ?? '') === '') metadata = { ...metadata, apiVersion: 'v1' };
  }
  let lock: ChartLock | undefined;
  let values: GoMap | undefined;
  let schema: Uint8Array | undefined;
  const templates: ChartFile[] = [];
  const others: ChartFile[] = [];
  const subcharts = new Map<string, ChartFile[]>();

  for (const file of files) {
    const { name, data } = file;
    if (name === 'Chart.yaml') continue;
    if (name === 'Chart.lock') lock = readLock(data, name);
    else if (name === 'values.yaml') values = readValues(data);
    else if (name === 'values.schema.json') schema = data;
    else if (name === 'requirements.yaml') {
      if (metadata?.apiVersion !== 'v1')
        warn(
          'Warning: Dependencies are handled in Chart.yaml since apiVersion "v2". We recommend migrating dependencies to Chart.yaml.',
          'load.go:120',
        );
      metadata = readMetadata(data, name, metadata);
      if (metadata.apiVersion === 'v1') others.push(file);
    } else if (name === 'requirements.lock') {
      lock = readLock(data, name);
      if (metadata?.apiVersion === 'v1') others.push(file);
      else
        warn(
          'Warning: Dependency locking is handled in Chart.lock since apiVersion "v2". We recommend migrating to Chart.lock.',
          'load.go:138',
        );
    } else if (name.startsWith('templates/')) templates.push(file);
    else if (name.startsWith('charts/')) {
      if (name.endsWith('.prov')) {
        others.push(file);
        continue;
      }
      const below = name.slice('charts/'.length);
      const folder = below.split('/', 1)[0] ?? '';
      const group = subcharts.get(folder) ?? [];
      group.push({ name: below, data });
      subcharts.set(folder, group);
    } else others.push(file);
  }
  if (metadata === undefined)
    throw new HelmError('InvalidChart', 'Chart.yaml', 'Chart.yaml file is missing');
  metadata = validateMetadata(metadata);

  const dependencies: Chart[] = [];
  for (const [folder, group] of subcharts) {
    if (/^[_.]/.test(folder)) continue;
    try {
      const parts = folder.endsWith('.tgz')
        ? unpackSubchart(folder, group, metadata.name, options)
        : group
            .filter((file) => file.name.includes('/'))
            .map((file) => ({ name: file.name.slice(folder.length + 1), data: file.data }));
      dependencies.push(loadChart(parts, options));
    } catch (cause) {
      throw new HelmError(
        'InvalidChart',
        folder,
        `error unpacking subchart ${folder} in ${metadata.name}: ${messageOf(cause)}`,
        { cause },
      );
    }
  }
  return {
    metadata,
    lock,
    values: values ?? new Map(),
    ...(values === undefined ? { noValues: true } : {}),
    schema,
    templates,
    files: others,
    raw: [...files],
    dependencies,
  };
}

/** @returns nothing for a file that says nothing */
function readValues(data: Uint8Array): GoMap | undefined {
  try {
    const text = textOfBytes(data);
    const values = parseYamlMap(text);
    return values.size === 0 && parseYaml(text) === null ? undefined : values;
  } catch (cause) {
    throw new HelmError(
      'InvalidChart',
      'values.yaml',
      `cannot load values.yaml: ${messageOf(cause)}`,
      { cause },
    );
  }
}

function unpackSubchart(
  folder: string,
  group: readonly ChartFile[],
  parent: string,
  options: LoadOptions,
): readonly ChartFile[] {
  const [file] = group;
  if (file?.name !== folder) {
    throw new HelmError(
      'InvalidChart',
      folder,
      `error unpacking subchart tar in ${parent}: expected ${folder}, got ${file?.name ?? ''}`,
    );
  }
  if (options.unpack === undefined)
    throw new HelmError('InvalidChart', folder, 'archives cannot be unpacked here');
  return options.unpack(file.data);
}
