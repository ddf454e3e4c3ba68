/** The HelmChart that a HelmRelease asks for (helm-controller internal/reconcile/helmchart_template.go). */
import { isDeepStrictEqual } from 'node:util';
import { KubeError } from '../../lib/kube/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { Fields, finalizer } from '../runtime/mod.ts';
import type { Collection, Draft, Serves } from '../runtime/mod.ts';
import { ReleaseError } from './errors.ts';
import { templateTarget } from './references.ts';
import { releaseGroup } from './request.ts';
import type { HelmReleaseSpec } from './spec.ts';

export const chartVersion = 'source.toolkit.fluxcd.io/v1';
const fieldManager = 'helm-controller';

export interface TemplateOptions {
  kube: KubeClient;
  helmCharts: Collection;
  /** Whether objects of other namespaces may be used. */
  crossNamespace: boolean;
  /** Whether this instance looks at a HelmChart. */
  serves: Serves;
}

/**
 * Makes the HelmChart what the template says, and takes away one that is no longer asked for.
 *
 * @returns the HelmChart, as the server has it after what was changed; `undefined` without a template
 */
export async function applyChartTemplate(
  draft: Draft,
  spec: HelmReleaseSpec,
  options: TemplateOptions,
): Promise<KubeObject | undefined> {
  const wanted = spec.chart === undefined ? undefined : chartOf(spec, spec.chart, draft.spec);
  const key =
    wanted === undefined ? '' : `${wanted.metadata.namespace ?? ''}/${wanted.metadata.name ?? ''}`;
  if (helmChartOf(draft) !== '' && helmChartOf(draft) !== key)
    await removeChart(draft, spec, options);
  if (wanted === undefined) return undefined;
  allow(spec, 'HelmChart', wanted.metadata.namespace ?? '', wanted.metadata.name ?? '', options);
  const { kube, helmCharts } = options;
  const about = `${wanted.kind}/${key} with SourceRef '${sourceRefText(wanted)}'`;
  const { kind } = wanted;
  try {
    await helmCharts.synced();
    const before = helmCharts.get(key);
    let chart = before;
    if (chart === undefined || !isAsWanted(chart, wanted)) {
      chart = await kube.apply(finalized(wanted, options), { fieldManager, force: true });
      helmCharts.wrote(chart);
      const created = before === undefined;
      draft.tell({
        severity: 'trace',
        reason: created ? 'HelmChartCreated' : 'HelmChartConfigured',
        message: `${created ? 'Created' : 'Configured'} ${about}`,
      });
    }
    draft.status['helmChart'] = key;
    return chart;
  } catch (cause) {
    const what =
      cause instanceof KubeError ? `${kind}/${key} dry-run failed (${cause.reason}): ` : '';
    const message = `failed to run server-side apply: ${what}${messageOf(cause)}`;
    draft.tell({ severity: 'trace', reason: 'HelmChartSyncErr', message });
    throw new Error(message, { cause });
  }
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
      ...templateTarget(spec, template),
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

/** Its own controller would put the finalizer there with a request more. */
function finalized(chart: KubeObject, { serves }: TemplateOptions): KubeObject {
  if (!serves(chart)) return chart;
  return { ...chart, metadata: { ...chart.metadata, finalizers: [finalizer] } };
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
