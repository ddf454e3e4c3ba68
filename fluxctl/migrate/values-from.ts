/** `valuesFrom` of v1, in its four kinds, for the newer generation. Pure (spec §6.3). */
import type { HelmRelease, ValuesFromSource } from '../../lib/objects/mod.ts';
import type { ChartSource } from './chart-source.ts';
import type { Notes } from './notes.ts';

export interface ConvertedValues {
  valuesFrom: Record<string, unknown>[];
  /** Of the chart template, when files of the chart are among the sources. */
  valuesFiles: string[];
  ignoreMissingValuesFiles: boolean;
}

export function convertValuesFrom(
  hr: HelmRelease,
  source: ChartSource | undefined,
  notes: Notes,
): ConvertedValues {
  const converted: ConvertedValues = {
    valuesFrom: [],
    valuesFiles: [],
    ignoreMissingValuesFiles: false,
  };
  const legacy = (hr.spec.valueFileSecrets ?? []).map(({ name }): ValuesFromSource => ({
    secretKeyRef: { name },
  }));
  for (const item of [...legacy, ...(hr.spec.valuesFrom ?? [])]) {
    if (item.configMapKeyRef !== undefined) reference(hr, 'ConfigMap', item.configMapKeyRef);
    else if (item.secretKeyRef !== undefined) reference(hr, 'Secret', item.secretKeyRef);
    else if (item.externalSourceRef !== undefined) {
      notes.refuse(
        `valuesFrom with externalSourceRef ${item.externalSourceRef.url} has no counterpart: keep a copy of the file in a ConfigMap of ${hr.metadata.namespace}, by a CronJob or by your CI, and name it in valuesFrom`,
      );
    } else if (item.chartFileRef !== undefined) chartFile(item.chartFileRef);
  }
  return converted;

  function reference(
    { metadata }: HelmRelease,
    kind: 'ConfigMap' | 'Secret',
    ref: { name: string; namespace?: string; key?: string; optional?: boolean },
  ): void {
    if (ref.namespace && ref.namespace !== metadata.namespace) {
      notes.warn(
        `valuesFrom names ${kind} ${ref.namespace}/${ref.name}; the newer generation reads only ${metadata.namespace}: copy it there`,
      );
    }
    converted.valuesFrom.push({
      kind,
      name: ref.name,
      ...(ref.key && ref.key !== 'values.yaml' ? { valuesKey: ref.key } : {}),
      ...(ref.optional === true ? { optional: true } : {}),
    });
  }

  /** Values files of a chart lie below everything else. */
  function chartFile({ path, optional }: { path: string; optional?: boolean }): void {
    if (source?.kind !== 'GitRepository') {
      notes.refuse(
        `valuesFrom with chartFileRef ${path} needs a chart from Git: copy the file to a ConfigMap`,
      );
    } else if (converted.valuesFrom.length > 0) {
      notes.refuse(
        `valuesFrom with chartFileRef ${path} comes after ConfigMaps or Secrets, but values files of a chart lie below them: put it first and see that nothing changes, or copy the file to a ConfigMap`,
      );
    } else {
      const inChart = (file: string) => (source.chart === '.' ? file : `${source.chart}/${file}`);
      if (converted.valuesFiles.length === 0) converted.valuesFiles.push(inChart('values.yaml'));
      converted.valuesFiles.push(inChart(path.replace(/^(\.?\/)+/, '')));
      if (optional === true) converted.ignoreMissingValuesFiles = true;
    }
  }
}
