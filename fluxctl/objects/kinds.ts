/** The kinds of both generations: what they are called on the command line, how they are paused, asked and shown. */
import { helmReleaseApiVersion } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { at, annotationOf, conditionOf, countAt, textAt } from './read.ts';
import { isIgnored, isSynced, workloadState } from './workloads.ts';

/** How an object says that it is not to be looked at. */
export type Pause =
  | { by: 'spec' }
  | { by: 'annotation'; key: string }
  /** It has no such thing. */
  | { by: 'nothing' };

/** What asks for a look at once, and how one knows that it was taken. */
export type Request =
  | { by: 'requestedAt' }
  /** By an annotation; that it was handled is told by an Event with one of these reasons. */
  | { by: 'event'; annotation: string; succeeded: string; failed: string }
  /** Nothing looks at it by itself. */
  | { by: 'nothing' };

export interface State {
  status: string;
  message: string;
}

export interface Column {
  title: string;
  of(object: KubeObject): string;
  /** Long hashes are shortened. */
  short?: boolean;
}

export interface SourceRef {
  kind: string;
  namespace: string;
  name: string;
}

export interface FluxKind {
  generation: 1 | 2;
  kind: string;
  group: string;
  /** Asked for first; a server that has not got it may have another. */
  version: string;
  /** In sentences: `source git`. */
  human: string;
  /** What it is called by one word; all of them also with `.group` behind. */
  names: readonly string[];
  /** What it is called behind `source` or `image`. */
  family?: { of: 'source' | 'image'; name: string };
  pause: Pause;
  request: Request;
  /** Between name and state. */
  columns: readonly Column[];
  /** Whether the table says if it is paused. */
  showsPause: boolean;
  state(object: KubeObject): State;
  /** Whether long hashes in its message are shortened. */
  shortMessage: boolean;
  /** Nothing works at it, so that there is nothing to wait for. */
  isStatic(object: KubeObject): boolean;
  /** Said when it was looked at with success. */
  success(object: KubeObject): string;
  /** Where what it applies comes from. */
  source(object: KubeObject): SourceRef | undefined;
  /** Of kinds that others use too: which of them are Flux's. */
  isOurs?(object: KubeObject): boolean;
}

export const groups = {
  source: 'source.toolkit.fluxcd.io',
  helm: 'helm.toolkit.fluxcd.io',
  kustomize: 'kustomize.toolkit.fluxcd.io',
  notification: 'notification.toolkit.fluxcd.io',
  image: 'image.toolkit.fluxcd.io',
} as const;

const waiting: State = { status: 'False', message: 'waiting to be reconciled' };

const stateBy =
  (type: string) =>
  (object: KubeObject): State =>
    conditionOf(object, type) ?? waiting;

const artifactRevision = (object: KubeObject) => textAt(object, 'status', 'artifact', 'revision');
const revision = (of: (object: KubeObject) => string, short = true): Column => ({
  title: 'Revision',
  of,
  short,
});
const never = () => false;

const second: Pick<
  FluxKind,
  | 'generation'
  | 'pause'
  | 'request'
  | 'columns'
  | 'showsPause'
  | 'state'
  | 'shortMessage'
  | 'isStatic'
  | 'source'
> = {
  generation: 2,
  pause: { by: 'spec' },
  request: { by: 'requestedAt' },
  columns: [],
  showsPause: true,
  state: stateBy('Ready'),
  shortMessage: false,
  isStatic: never,
  source: () => undefined,
};

const sourceKind = (
  kind: string,
  name: string,
  names: readonly string[],
  more: Partial<FluxKind> = {},
): FluxKind => ({
  ...second,
  kind,
  group: groups.source,
  version: 'v1',
  human: `source ${name}`,
  names: [kind.toLowerCase(), `${kind.toLowerCase().replace(/y$/, 'ie')}s`, ...names],
  family: { of: 'source', name },
  columns: [revision(artifactRevision)],
  shortMessage: true,
  success: (object) => `fetched revision ${artifactRevision(object)}`,
  ...more,
});

const isOciRepository = (object: KubeObject) => textAt(object, 'spec', 'type') === 'oci';

const refAt = (object: KubeObject, ...path: readonly string[]): SourceRef | undefined => {
  const name = textAt(object, ...path, 'name');
  if (name === '') return undefined;
  const namespace = textAt(object, ...path, 'namespace') || (object.metadata.namespace ?? '');
  return { kind: textAt(object, ...path, 'kind'), namespace, name };
};

/** The chart of a release as its history has it. */
export function chartRevision(object: KubeObject): string {
  const history = at(object, 'status', 'history');
  const latest: unknown = Array.isArray(history) ? history[0] : undefined;
  return latest === undefined
    ? textAt(object, 'status', 'lastAttemptedRevision')
    : textAt(latest, 'chartVersion');
}

const reconciled = (kind: string) => () => `${kind} reconciliation completed`;

const imageKind = (
  kind: string,
  name: string,
  human: string,
  names: readonly string[],
  more: Pick<FluxKind, 'columns' | 'success'> & Partial<FluxKind>,
): FluxKind => ({
  ...second,
  kind,
  group: groups.image,
  version: 'v1',
  human,
  names: [kind.toLowerCase(), ...names],
  family: { of: 'image', name },
  ...more,
});

/** A time as it is printed, '' for none. */
const timeAt = (object: KubeObject, ...path: readonly string[]) => textAt(object, ...path);

const helmReleaseNames = ['helmrelease', 'helmreleases', 'hr'];

const workload = (kind: string, group: string, names: readonly string[]): FluxKind => ({
  ...second,
  generation: 1,
  kind,
  group,
  version: 'v1',
  human: kind.toLowerCase(),
  names: [kind.toLowerCase(), `${kind.toLowerCase()}s`, ...names],
  pause: { by: 'annotation', key: 'fluxcd.io/ignore' },
  request: { by: 'nothing' },
  columns: [
    { title: 'Images', of: (object) => workloadState(object).images.join(',') },
    { title: 'Policy', of: (object) => workloadState(object).policies.join(',') },
  ],
  state: (object) => workloadState(object),
  isStatic: () => true,
  success: reconciled(kind),
  isOurs: isSynced,
});

/** In the order in which `get all` shows them. */
export const kinds: readonly FluxKind[] = [
  sourceKind('OCIRepository', 'oci', ['ocirepo']),
  sourceKind('Bucket', 'bucket', []),
  sourceKind('GitRepository', 'git', ['gitrepo']),
  sourceKind('HelmRepository', 'helm', ['helmrepo'], {
    isStatic: isOciRepository,
    state: (object) =>
      isOciRepository(object)
        ? { status: 'True', message: 'Helm repository is Ready' }
        : stateBy('Ready')(object),
  }),
  sourceKind('HelmChart', 'chart', ['hc'], {
    columns: [revision(artifactRevision, false)],
    source: (object) => refAt(object, 'spec', 'sourceRef'),
  }),
  imageKind(
    'ImageRepository',
    'repository',
    'image repository',
    ['imagerepositories', 'imgrepo', 'imagerepo'],
    {
      columns: [
        {
          title: 'Last scan',
          of: (object) => timeAt(object, 'status', 'lastScanResult', 'scanTime'),
        },
      ],
      success: (object) =>
        `scan fetched ${countAt(object, 'status', 'lastScanResult', 'tagCount') ?? 0} tags`,
    },
  ),
  imageKind('ImagePolicy', 'policy', 'image policy', ['imagepolicies', 'imgpol', 'imagepol'], {
    showsPause: false,
    columns: [
      { title: 'Image', of: (object) => textAt(object, 'status', 'latestRef', 'name') },
      { title: 'Tag', of: (object) => textAt(object, 'status', 'latestRef', 'tag') },
    ],
    success: (object) => {
      const [name, tag, digest] = ['name', 'tag', 'digest'].map((key) =>
        textAt(object, 'status', 'latestRef', key),
      );
      return `selected ref ${name}:${tag}${digest === '' ? '' : `@${digest}`}`;
    },
  }),
  imageKind(
    'ImageUpdateAutomation',
    'update',
    'image update automation',
    ['imageupdateautomations', 'iua', 'imgupd', 'imgauto'],
    {
      columns: [
        { title: 'Last run', of: (object) => timeAt(object, 'status', 'lastAutomationRunTime') },
      ],
      success: (object) =>
        conditionOf(object, 'Ready')?.message ??
        `last run ${timeAt(object, 'status', 'lastAutomationRunTime')}`,
      source: (object) => refAt(object, 'spec', 'sourceRef'),
    },
  ),
  {
    ...second,
    kind: 'HelmRelease',
    group: groups.helm,
    version: 'v2',
    human: 'helmrelease',
    names: helmReleaseNames,
    columns: [revision(chartRevision, false)],
    success: (object) => `applied revision ${chartRevision(object)}`,
    source: (object) =>
      refAt(object, 'spec', 'chartRef') ?? refAt(object, 'spec', 'chart', 'spec', 'sourceRef'),
  },
  {
    ...second,
    kind: 'Kustomization',
    group: groups.kustomize,
    version: 'v1',
    human: 'kustomization',
    names: ['kustomization', 'kustomizations', 'ks'],
    columns: [revision((object) => textAt(object, 'status', 'lastAppliedRevision'))],
    shortMessage: true,
    success: (object) => `applied revision ${textAt(object, 'status', 'lastAppliedRevision')}`,
    source: (object) => refAt(object, 'spec', 'sourceRef'),
  },
  {
    ...second,
    kind: 'Receiver',
    group: groups.notification,
    version: 'v1',
    human: 'receiver',
    names: ['receiver', 'receivers'],
    success: reconciled('Receiver'),
  },
  {
    ...second,
    kind: 'Provider',
    group: groups.notification,
    version: 'v1beta3',
    human: 'alert provider',
    names: ['alert-provider', 'alert-providers', 'provider', 'providers'],
    showsPause: false,
    request: { by: 'nothing' },
    state: () => ({ status: 'True', message: 'Provider is Ready' }),
    isStatic: () => true,
    success: reconciled('Provider'),
  },
  {
    ...second,
    kind: 'Alert',
    group: groups.notification,
    version: 'v1beta3',
    human: 'alert',
    names: ['alert', 'alerts'],
    request: { by: 'nothing' },
    state: () => ({ status: 'True', message: 'Alert is Ready' }),
    isStatic: () => true,
    success: reconciled('Alert'),
  },
  {
    ...second,
    generation: 1,
    kind: 'HelmRelease',
    group: helmReleaseApiVersion.split('/')[0] ?? '',
    version: 'v1',
    human: 'helmrelease',
    names: helmReleaseNames,
    pause: { by: 'annotation', key: 'helm.fluxcd.io/suspend' },
    request: {
      by: 'event',
      annotation: 'helm.fluxcd.io/reconcile-at',
      succeeded: 'ReleaseSynced',
      failed: 'FailedReleaseSync',
    },
    columns: [revision((object) => textAt(object, 'status', 'revision'))],
    state: stateBy('Released'),
    shortMessage: true,
    success: (object) => `applied revision ${textAt(object, 'status', 'revision')}`,
  },
  workload('Deployment', 'apps', ['deploy']),
  workload('DaemonSet', 'apps', ['ds']),
  workload('StatefulSet', 'apps', ['sts']),
  workload('CronJob', 'batch', ['cj']),
];

/** Whether an object is told to stay as it is. */
export function isPaused({ pause, group }: FluxKind, object: KubeObject): boolean {
  if (pause.by === 'nothing') return false;
  if (pause.by === 'spec') return at(object, 'spec', 'suspend') === true;
  // Workloads may say it in an older way, too.
  return group.startsWith('helm.')
    ? annotationOf(object, pause.key).trim() === 'true'
    : isIgnored(object);
}

export const apiVersionOf = ({ group, version }: FluxKind): string => `${group}/${version}`;

/** Told apart from a kind of the same name: `helmrelease.helm.fluxcd.io`. */
export const fullName = ({ kind, group }: FluxKind): string => `${kind.toLowerCase()}.${group}`;
