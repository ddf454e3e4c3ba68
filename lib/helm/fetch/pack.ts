/** A chart as a `.tgz` (helm 3.19 pkg/chartutil/save.go). */
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { HelmError } from '../chart/mod.ts';
import type { Chart, ChartFile } from '../chart/mod.ts';
import { lockFields, metadataFields } from '../storage/encode.ts';
import { toYaml } from '../yaml/mod.ts';

/**
 * Every file below a folder of the chart's name, sub-charts unpacked; Chart.yaml is written anew from what was read.
 *
 * @param modified the time that every file carries; default 1970, so that the same chart is the same bytes
 * @throws HelmError `InvalidChart` when the schema is no JSON
 */
export async function packChart(chart: Chart, modified = new Date(0)): Promise<Uint8Array> {
  const archive = pack();
  for (const { name, data } of filesOf(chart, ''))
    archive.entry({ name, mode: 0o644, mtime: modified }, Buffer.from(data));
  archive.finalize();
  const parts: Buffer[] = [];
  for await (const part of archive) parts.push(Buffer.from(part as Uint8Array));
  return gzipSync(Buffer.concat(parts));
}

function* filesOf(chart: Chart, prefix: string): Generator<ChartFile> {
  const { metadata, lock, schema, templates, files, dependencies } = chart;
  const base = `${prefix}${metadata.name}`;
  const text = (name: string, content: string): ChartFile => ({
    name: `${base}/${name}`,
    data: Buffer.from(content),
  });
  const isOld = metadata.apiVersion === 'v1';
  const { dependencies: _declaredElsewhere, ...old } = metadata;
  yield text('Chart.yaml', toYaml(metadataFields(isOld ? old : metadata)));
  if (!isOld && lock !== undefined) yield text('Chart.lock', toYaml(lockFields(lock)));
  for (const { name, data } of chart.raw) {
    if (name === 'values.yaml') yield { name: `${base}/${name}`, data };
  }
  if (schema !== undefined) {
    if (!isJson(schema))
      throw new HelmError(
        'InvalidChart',
        'values.schema.json',
        'invalid JSON in values.schema.json',
      );
    yield { name: `${base}/values.schema.json`, data: schema };
  }
  for (const { name, data } of [...templates, ...files]) yield { name: `${base}/${name}`, data };
  for (const dependency of dependencies) yield* filesOf(dependency, `${base}/charts/`);
}

function isJson(data: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(data).toString('utf8'));
    return true;
  } catch {
    // The answer is what was asked for.
    return false;
  }
}
