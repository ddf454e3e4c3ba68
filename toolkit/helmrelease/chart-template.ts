/** The HelmChart that a HelmRelease asks for (helm-controller internal/reconcile/helmchart_template.go). */
import { isDeepStrictEqual } from 'node:util';
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import type { Draft } from '../runtime/mod.ts';
import { ReleaseError } from './errors.ts';
import { releaseGroup } from './request.ts';
import type { HelmReleaseSpec } from './spec.ts';

export const chartVersion = 'source.toolkit.fluxcd.io/v1';
const fieldManager = 'helm-controller';

export interface TemplateOptions {
  kube: KubeClient;
  /** Whether objects of other namespaces may be used. */
  crossNamespace: boolean;
}

/** Makes the HelmChart what the template says, and takes away one that is no longer asked for. */
export async function applyChartTemplate(
  draft: Draft,
  spec: HelmReleaseSpec,
  options: TemplateOptions,
): Promise<void> {
  const wanted = spec.chart === undefined ? undefined : chartOf(spec, spec.chart, draft.spec);
  const key =
    wanted === undefined ? '' : `${wanted.metadata.namespace ?? ''}/${wanted.metadata.name ?? ''}`;
  if (helmChartOf(draft) !== '' && helmChartOf(draft) !== key)
    await removeChart(draft, spec, options);
  if (wanted === undefined) return;
  allow(spec, 'HelmChart', wanted.metadata.namespace ?? '', wanted.metadata.name ?? '', options);
  const { kube } = options;
  const about = `${wanted.kind}/${key} with SourceRef '${sourceRefText(wanted)}'`;
  try {
    const { apiVersion, kind, metadata } = wanted;
    const before = await kube.get({
      apiVersion,
      kind,
      namespace: metadata.namespace,
      name: metadata.name ?? '',
    });
    if (before === undefined || !isAsWanted(before, wanted)) {
      await kube.apply(wanted, { fieldManager, force: true });
      const created = before === undefined;
      draft.tell({
        severity: 'trace',
        reason: created ? 'HelmChartCreated' : 'HelmChartConfigured',
        message: `${created ? 'Created' : 'Configured'} ${about}`,
      });
    }
  } catch (cause) {
    const message = `failed to run server-side apply: ${messageOf(cause)}`;
    draft.tell({ severity: 'trace', reason: 'HelmChartSyncErr', message });
    throw new Error(message, { cause });
  }
  draft.status['helmChart'] = key;
}

/** Deletes the HelmChart that was made for a HelmRelease. */
export async function removeChart(
  draft: Draft,
  spec: HelmReleaseSpec,
  options: TemplateOptions,
): Promise<void> {
  const key = helmChartOf(draft);
  if (key === '') return;
  const [namespace = '', name = ''] = key.split('/');
  allow(spec, 'HelmChart', namespace, name, options);
  const ref = { apiVersion: chartVersion, kind: 'HelmChart', namespace, name };
  if (await options.kube.delete(ref)) {
    draft.tell({
      severity: 'trace',
      reason: 'HelmChartDeleted',
      message: `deleted HelmChart '${key}'`,
    });
  }
  delete draft.status['helmChart'];
}

/** @throws ReleaseError `AccessDenied` */
export function allow(
  spec: HelmReleaseSpec,
  kind: string,
  namespace: string,
  name: string,
  { crossNamespace }: Pick<TemplateOptions, 'crossNamespace'>,
): void {
  if (crossNamespace || namespace === spec.namespace) return;
  throw new ReleaseError(
    'AccessDenied',
    name,
    `can't access '${kind}/${namespace}/${name}', cross-namespace references have been blocked`,
  );
}

export const helmChartOf = ({ status }: Draft): string =>
  typeof status['helmChart'] === 'string' ? status['helmChart'] : '';

function chartOf(spec: HelmReleaseSpec, template: Fields, whole: Fields): KubeObject {
  const chart = template.at('spec');
  const reference = chart.at('sourceRef');
  const metadata = template.at('metadata');
  const optional = (key: string) => (chart.has(key) ? { [key]: chart.value[key] } : {});
  const valuesFiles = [
    ...(chart.text('valuesFile') === undefined ? [] : [chart.text('valuesFile') ?? '']),
    ...chart.texts('valuesFiles'),
  ];
  const annotations = metadata.textMap('annotations');
  return {
    apiVersion: chartVersion,
    kind: 'HelmChart',
    metadata: {
      name: `${spec.namespace}-${spec.name}`,
      namespace: reference.text('namespace') ?? spec.namespace,
      labels: {
        ...metadata.textMap('labels'),
        [`${releaseGroup}/name`]: spec.name,
        [`${releaseGroup}/namespace`]: spec.namespace,
      },
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
    },
    spec: {
      chart: chart.text('chart') ?? '',
      version: chart.text('version') ?? '*',
      sourceRef: { kind: reference.text('kind') ?? '', name: reference.text('name') ?? '' },
      interval: chart.text('interval') ?? whole.text('interval') ?? '1m',
      reconcileStrategy: chart.text('reconcileStrategy') ?? 'ChartVersion',
      ...(valuesFiles.length === 0 ? {} : { valuesFiles }),
      ...optional('ignoreMissingValuesFiles'),
      ...optional('verify'),
    },
  };
}

function sourceRefText({ metadata, spec }: KubeObject): string {
  const reference = new Fields(spec).at('sourceRef');
  return [reference.text('kind'), metadata.namespace, reference.text('name')].join('/');
}

/** All that is wanted is there already, and what we once wanted and do no longer is not. */
function isAsWanted(live: KubeObject, wanted: KubeObject): boolean {
  const has = (of: Record<string, string> = {}, all: Record<string, string> = {}) =>
    Object.entries(all).every(([key, value]) => of[key] === value);
  return (
    isDeepStrictEqual(live['spec'], wanted['spec']) &&
    has(live.metadata.labels, wanted.metadata.labels) &&
    has(live.metadata.annotations, wanted.metadata.annotations)
  );
}
