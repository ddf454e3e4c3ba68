/** `fluxctl trace`: from an object to what applied it, and on to the source and its revision. */
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { VerbFailed } from '../errors.ts';
import { servedVersion } from './cluster.ts';
import { findFluxd, syncedRevision } from './fluxds.ts';
import { kinds } from './kinds.ts';
import type { SourceRef } from './kind.ts';
import { findOwner, ownersOf } from './owners.ts';
import type { Owner } from './owners.ts';
import { conditionOf, at, textAt } from './read.ts';

/** A paragraph of the report: names and what stands behind them. */
export interface Section {
  lines: readonly (readonly [label: string, value: string])[];
  /** Characters up to the values. */
  width: number;
}

/** @throws VerbFailed when Flux has nothing to do with it, or a part of the way is missing */
export async function trace(kube: KubeClient, object: KubeObject): Promise<Section[]> {
  const owner = await findOwner(kube, object);
  if (owner === undefined) throw new VerbFailed('object not managed by Flux');
  const way = await wayOf(kube, owner);
  const { namespace = '', name = '' } = object.metadata;
  const first: Section = {
    width: owner.by === 'helmrelease' ? 16 : 17,
    lines: [
      ['Object', `${object.kind}/${name}`],
      ...given('Namespace', namespace),
      ['Status', 'Managed by Flux'],
    ],
  };
  return [first, ...way];
}

export const printed = (sections: readonly Section[]): string =>
  `\n${sections
    .map(({ lines, width }) =>
      lines.map(([label, value]) => `${`${label}:`.padEnd(width)}${value}\n`).join(''),
    )
    .join('---\n')}`;

function wayOf(kube: KubeClient, owner: Owner): Promise<Section[]> {
  switch (owner.by) {
    case 'kustomization':
      return kustomizationWay(kube, owner);
    case 'helmrelease':
      return releaseWay(kube, owner);
    case 'operator':
      return operatorWay(kube, owner);
    case 'fluxd':
      return fluxdWay(kube, owner);
  }
}

type Named = { namespace: string; name: string };
type Lines = Section['lines'];

const given = (label: string, value: string): Lines => (value === '' ? [] : [[label, value]]);

async function kustomizationWay(kube: KubeClient, { namespace, name }: Named): Promise<Section[]> {
  const object = await must(kube, { kind: 'Kustomization', namespace, name });
  const kustomization: Section = {
    width: 17,
    lines: [
      ['Kustomization', name],
      ['Namespace', namespace],
      ...given('Target', textAt(object, 'spec', 'targetNamespace')),
      ['Path', textAt(object, 'spec', 'path')],
      ['Revision', textAt(object, 'status', 'lastAppliedRevision')],
      ...stateLines(object, false),
    ],
  };
  const source = sourceOf(object);
  return [kustomization, ...(source === undefined ? [] : [await sourceSection(kube, source, 17)])];
}

async function releaseWay(kube: KubeClient, { namespace, name }: Named): Promise<Section[]> {
  const object = await must(kube, { kind: 'HelmRelease', namespace, name });
  const sections: Section[] = [
    {
      width: 16,
      lines: [
        ['HelmRelease', name],
        ['Namespace', namespace],
        ...given('Target', textAt(object, 'spec', 'targetNamespace')),
        ['Revision', textAt(object, 'status', 'lastAttemptedRevision')],
        ...stateLines(object, false),
      ],
    },
  ];
  const [chartNamespace = '', chartName = ''] = textAt(object, 'status', 'helmChart').split('/');
  if (chartName !== '')
    sections.push(
      chartSection(
        await must(kube, { kind: 'HelmChart', namespace: chartNamespace, name: chartName }),
      ),
    );
  const source = sourceOf(object);
  // A release that refers to a HelmChart has shown it already.
  if (source !== undefined && source.kind !== 'HelmChart') {
    const width = { GitRepository: 15, OCIRepository: 17 }[source.kind] ?? 16;
    sections.push(await sourceSection(kube, source, width));
  }
  return sections;
}

const chartSection = (chart: KubeObject): Section => ({
  width: 16,
  lines: [
    ['HelmChart', chart.metadata.name ?? ''],
    ['Namespace', chart.metadata.namespace ?? ''],
    ['Chart', textAt(chart, 'spec', 'chart')],
    ['Version', textAt(chart, 'spec', 'version')],
    ...given('Revision', textAt(chart, 'status', 'artifact', 'revision')),
    ...stateLines(chart, false),
  ],
});

const sourceOf = (object: KubeObject): SourceRef | undefined =>
  kinds.find(({ kind, generation }) => kind === object.kind && generation === 2)?.source(object);

async function sourceSection(kube: KubeClient, source: SourceRef, width: number): Promise<Section> {
  const object = await must(kube, source);
  const ref = (...keys: readonly string[]) => {
    const key = keys.find((each) => textAt(object, 'spec', 'ref', each) !== '');
    return key === undefined ? '' : textAt(object, 'spec', 'ref', key);
  };
  const tag = ref('tag', 'semver');
  const metadata = (key: string) => {
    const found = at(object, 'status', 'artifact', 'metadata');
    return source.kind === 'OCIRepository' ? textAt(found, `org.opencontainers.image.${key}`) : '';
  };
  return {
    width,
    lines: [
      [source.kind, source.name],
      ['Namespace', source.namespace],
      ['URL', textAt(object, 'spec', 'url') || textAt(object, 'spec', 'endpoint')],
      ...given('Tag', tag),
      ...(tag === '' ? given('Branch', ref('branch')) : []),
      ...(tag === '' ? given('Digest', ref('digest')) : []),
      ...given('Revision', textAt(object, 'status', 'artifact', 'revision')),
      ...given('Origin Revision', metadata('revision')),
      ...given('Origin Source', metadata('source')),
      ...stateLines(object, true),
    ],
  };
}

/** @param tellsFailures as flux does of sources only */
function stateLines(object: KubeObject, tellsFailures: boolean): Lines {
  const ready = conditionOf(object, 'Ready') ?? conditionOf(object, 'Released');
  if (ready === undefined) return [['Status', 'Unknown']];
  const what = tellsFailures && ready.status === 'False' ? 'reconciliation failed' : 'reconciled';
  return [
    ['Status', `Last ${what} at ${timeShown(ready.lastTransitionTime)}`],
    ['Message', ready.message],
  ];
}

/** As Go prints a time: `2026-11-21 17:26:43 +0000 UTC`. */
const timeShown = (time: string): string =>
  time.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/, '$1 $2 +0000 UTC');

async function operatorWay(kube: KubeClient, { namespace, name }: Named): Promise<Section[]> {
  const ref = { apiVersion: 'helm.fluxcd.io/v1', kind: 'HelmRelease', namespace, name };
  const object = await kube.get(ref);
  if (object === undefined) throw notFound({ kind: 'HelmRelease', namespace, name });
  const of = (...path: readonly string[]) => textAt(object, 'spec', ...path);
  const release: Section = {
    width: 17,
    lines: [
      ['HelmRelease', `${name} (${ref.apiVersion})`],
      ['Namespace', namespace],
      ...given('Target', of('targetNamespace')),
      ['Revision', textAt(object, 'status', 'revision')],
      ...stateLines(object, true),
    ],
  };
  const chart: Section = {
    width: 17,
    lines: [
      ...given('Repository', of('chart', 'repository')),
      ...given('Chart', of('chart', 'name')),
      ...given('Version', of('chart', 'version')),
      ...given('Git', of('chart', 'git')),
      ...given('Path', of('chart', 'path')),
      ...given('Ref', of('chart', 'ref')),
      ...given('Attempted', textAt(object, 'status', 'lastAttemptedRevision')),
    ],
  };
  // The HelmRelease itself comes from a repository, too.
  const above = ownersOf(object).find(({ by }) => by === 'kustomization' || by === 'fluxd');
  return [release, chart, ...(above === undefined ? [] : await wayOf(kube, above))];
}

async function fluxdWay(
  kube: KubeClient,
  { mark, id }: Extract<Owner, { by: 'fluxd' }>,
): Promise<Section[]> {
  const fluxd = mark === '' ? undefined : await findFluxd(kube, mark, id);
  if (fluxd === undefined)
    return [
      {
        width: 17,
        lines: [
          ['fluxd', 'Unknown'],
          [
            'Message',
            mark === ''
              ? 'applied by fluxd, and the mark of its repository was taken off'
              : 'no fluxd of this cluster syncs a repository with the mark that it has',
          ],
        ],
      },
    ];
  const revision = await syncedRevision(kube, fluxd);
  return [
    {
      width: 17,
      lines: [
        ['fluxd', fluxd.name],
        ['Namespace', fluxd.namespace],
        ['URL', fluxd.url],
        ['Branch', fluxd.branch],
        ...given('Path', fluxd.paths.join(', ')),
        ['Revision', revision === '' ? `that of the tag ${fluxd.syncTag}` : revision],
      ],
    },
  ];
}

const notFound = ({ kind, namespace, name }: SourceRef) =>
  new VerbFailed(`failed to find ${kind} ${namespace}/${name}`);

/** An object of the newer generation. @throws VerbFailed */
async function must(kube: KubeClient, ref: SourceRef): Promise<KubeObject> {
  const of = kinds.find(({ kind, generation }) => kind === ref.kind && generation === 2);
  const apiVersion = of === undefined ? undefined : await servedVersion(kube, of);
  const { kind, namespace, name } = ref;
  const object =
    apiVersion === undefined ? undefined : await kube.get({ apiVersion, kind, namespace, name });
  if (object === undefined) throw notFound(ref);
  return object;
}
