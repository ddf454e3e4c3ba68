/** The kinds of both generations: what they are called on the command line, how they are paused, asked and shown. */
import { helmReleaseApiVersion } from '../../lib/objects/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { imageKinds } from './image-kinds.ts';
import { groups, refAt, revision, second, stateBy } from './kind.ts';
import type { FluxKind } from './kind.ts';
import { at, annotationOf, textAt } from './read.ts';
import { artifactGenerator, sourceKinds } from './source-kinds.ts';
import { isIgnored, isSynced, workloadState } from './workloads.ts';

/** The chart of a release as its history has it. */
export function chartRevision(object: KubeObject): string {
  const history = at(object, 'status', 'history');
  const latest: unknown = Array.isArray(history) ? history[0] : undefined;
  return latest === undefined
    ? textAt(object, 'status', 'lastAttemptedRevision')
    : textAt(latest, 'chartVersion');
}

const reconciled = (kind: string) => () => `${kind} reconciliation completed`;

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
  ...sourceKinds,
  artifactGenerator,
  ...imageKinds,
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
  if (pause.value !== undefined)
    return annotationOf(object, pause.key).toLowerCase() === pause.value;
  // Workloads may say it in an older way, too.
  return group.startsWith('helm.')
    ? annotationOf(object, pause.key).trim() === 'true'
    : isIgnored(object);
}

export const apiVersionOf = ({ group, version }: FluxKind): string => `${group}/${version}`;

/** Told apart from a kind of the same name: `helmrelease.helm.fluxcd.io`. */
export const fullName = ({ kind, group }: FluxKind): string => `${kind.toLowerCase()}.${group}`;
