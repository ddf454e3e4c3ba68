/** One HelmRelease of `helm.fluxcd.io/v1` as one of `helm.toolkit.fluxcd.io/v2`, field by field. Pure (spec §6.3). */
import {
  claimOfV1,
  formatOwner,
  handoverKeys,
  releaseNameOf,
  shortenName,
  targetNamespaceOf,
  v2Group,
} from '../../lib/objects/mod.ts';
import type { HelmRelease, KubeObject, StoredRelease } from '../../lib/objects/mod.ts';
import { chartSourceOf } from './chart-source.ts';
import type { ChartSource } from './chart-source.ts';
import { takeNotes } from './notes.ts';
import type { Notes } from './notes.ts';
import { actionsOf } from './release-actions.ts';
import { convertValuesFrom } from './values-from.ts';

export const releaseVersion = `${v2Group}/v2`;

export interface ConvertedRelease {
  from: HelmRelease;
  release: StoredRelease;
  source: ChartSource | undefined;
  notes: Notes;
  /** The v2 object, once its source has a name. */
  object: (sourceName: string) => KubeObject;
}

export interface ReleaseOptions {
  /** The operator's `--git-default-ref`. */
  defaultRef: string;
  /** Of HelmReleases: the operator's `--charts-sync-interval`. */
  interval: string;
}

export function convertRelease(hr: HelmRelease, options: ReleaseOptions): ConvertedRelease {
  const notes = takeNotes();
  const { namespace, name } = hr.metadata;
  const { spec } = hr;
  const source = chartSourceOf(hr, options.defaultRef, notes);
  const values = convertValuesFrom(hr, source, notes);
  const releaseName = releaseNameOf(hr);
  const target = targetNamespaceOf(hr);
  if (spec.helmVersion === 'v2')
    notes.refuse(
      'releases of Helm 2 have to be converted first: annotate the HelmRelease with helm.fluxcd.io/migrate: "true", let helm-operator do it, and set helmVersion: v3',
    );
  if (shortenName(releaseName) !== releaseName)
    notes.refuse(`the release name ${releaseName} is longer than 53 characters`);
  if (spec.values !== undefined && 'sops' in spec.values)
    notes.refuse(
      'spec.values are encrypted with SOPS: keep them in a Secret that a Kustomization decrypts, and name it in valuesFrom',
    );
  const actions = actionsOf(hr, notes);
  const annotated = annotatedFields(hr);
  return {
    from: hr,
    release: { namespace: target, name: releaseName },
    source,
    notes,
    object: (sourceName) => ({
      apiVersion: releaseVersion,
      kind: 'HelmRelease',
      metadata: {
        name,
        namespace,
        ...labelsOf(hr),
        annotations: { [handoverKeys.from]: formatOwner(claimOfV1(hr)) },
      },
      spec: {
        interval: options.interval,
        ...annotated,
        releaseName,
        // v1 keeps the release where it goes to, v2 beside the object.
        ...(target === namespace ? {} : { targetNamespace: target, storageNamespace: target }),
        ...(source === undefined
          ? {}
          : { chart: { spec: chartTemplate(source, sourceName, values) } }),
        maxHistory: spec.maxHistory ?? 10,
        ...actions,
        ...(values.valuesFrom.length === 0 ? {} : { valuesFrom: values.valuesFrom }),
        ...(spec.values === undefined ? {} : { values: spec.values }),
      },
    }),
  };
}

function chartTemplate(
  source: ChartSource,
  sourceName: string,
  { valuesFiles, ignoreMissingValuesFiles }: ReturnType<typeof convertValuesFrom>,
): Record<string, unknown> {
  return {
    // Of a folder it has to be seen that it is none of a repository's charts.
    chart: source.kind === 'GitRepository' && source.chart === '.' ? './' : source.chart,
    ...(source.kind === 'HelmRepository' ? { version: source.version } : {}),
    sourceRef: { kind: source.kind, name: sourceName },
    ...(source.kind === 'GitRepository' ? { reconcileStrategy: 'Revision' } : {}),
    ...(valuesFiles.length === 0 ? {} : { valuesFiles }),
    ...(ignoreMissingValuesFiles ? { ignoreMissingValuesFiles } : {}),
  };
}

/** What annotations of ours say on a v1 object has fields in v2. */
function annotatedFields({ metadata }: HelmRelease): Record<string, unknown> {
  const { namespace, annotations = {} } = metadata;
  const of = (key: string) => annotations[`helm.fluxcd.io/${key}`]?.trim() ?? '';
  const listed = (text: string) =>
    text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  const dependsOn = listed(of('depends-on')).map((key) => {
    const [first = '', second] = key.split('/');
    return second === undefined || first === namespace
      ? { name: second ?? first }
      : { namespace: first, name: second };
  });
  const mode = { correct: 'enabled', report: 'warn' }[of('drift-detection')];
  const ignore = listed(of('drift-ignore')).flatMap((item) => {
    const [, kind, name, pointer] = /^([^/:]+)\/([^/:]+):(\/.*)$/.exec(item) ?? [];
    if (kind === undefined || name === undefined || pointer === undefined) return [];
    return [{ paths: [pointer], target: { kind, ...(name === '*' ? {} : { name }) } }];
  });
  const serviceAccountName = of('service-account');
  return {
    ...(of('suspend') === 'true' ? { suspend: true } : {}),
    ...(dependsOn.length === 0 ? {} : { dependsOn }),
    ...(serviceAccountName === '' ? {} : { serviceAccountName }),
    ...(mode === undefined
      ? {}
      : { driftDetection: { mode, ...(ignore.length === 0 ? {} : { ignore }) } }),
  };
}

/** Labels of the tools that apply objects say nothing about the new one. */
function labelsOf({ metadata }: HelmRelease): { labels?: Record<string, string> } {
  const own = Object.entries(metadata.labels ?? {}).filter(
    ([key]) =>
      !/^(fluxcd\.io|kustomize\.toolkit\.fluxcd\.io|app\.kubernetes\.io\/managed-by)(\/|$)/.test(
        key,
      ),
  );
  return own.length === 0 ? {} : { labels: Object.fromEntries(own) };
}
