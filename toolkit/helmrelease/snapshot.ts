/** `status.history`: what was seen of the last revisions, newest first (helm-controller api/v2/snapshot_types.go). Pure. */
import { createHash } from 'node:crypto';
import type { Release } from '../../lib/helm/storage/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { digestValues } from './values-digest.ts';

export interface TestHook {
  lastStarted?: string;
  lastCompleted?: string;
  phase?: string;
}

export interface Snapshot {
  /** How the digest was made. Those of another kind are believed, as the originals believe those of their predecessors. */
  apiVersion?: string;
  digest: string;
  name: string;
  namespace: string;
  version: number;
  status: string;
  action?: string;
  chartName: string;
  chartVersion: string;
  appVersion?: string;
  configDigest: string;
  firstDeployed: string;
  lastDeployed: string;
  deleted?: string;
  testHooks?: Record<string, TestHook>;
  ociDigest?: string;
}

/** The action of a snapshot that stands for a release made by the older generation: chart and values as they are named now. */
export const takenOver = 'take-over';

/** Of snapshots made here. */
const ownApiVersion = 'reflux/v1';
const mostKept = 5;

export function snapshotOf(
  release: Release,
  { action, ociDigest = '' }: { action?: string | undefined; ociDigest?: string | undefined },
): Snapshot {
  const { info, chart } = release;
  const appVersion = chart.metadata.appVersion ?? '';
  return {
    apiVersion: ownApiVersion,
    digest: digestRelease(release, ociDigest),
    name: release.name,
    namespace: release.namespace,
    version: release.version,
    status: info.status,
    ...(action === undefined ? {} : { action }),
    chartName: chart.metadata.name,
    chartVersion: chart.metadata.version,
    ...(appVersion === '' ? {} : { appVersion }),
    configDigest: digestValues(release.config),
    firstDeployed: seconds(info.firstDeployed),
    lastDeployed: seconds(info.lastDeployed),
    ...(info.deleted === '' ? {} : { deleted: seconds(info.deleted) }),
    ...(ociDigest === '' ? {} : { ociDigest }),
  };
}

/** Whether a stored revision is the one that was seen. */
export function isSame(snapshot: Snapshot, release: Release): boolean {
  if (!targets(snapshot, release)) return false;
  return (
    snapshot.apiVersion !== ownApiVersion ||
    snapshot.digest === digestRelease(release, snapshot.ociDigest ?? '')
  );
}

export const targets = (
  snapshot: Snapshot,
  { name, namespace, version }: Pick<Release, 'name' | 'namespace' | 'version'>,
): boolean =>
  snapshot.name === name && snapshot.namespace === namespace && snapshot.version === version;

/** `namespace/name.v1` */
export const fullName = ({ namespace, name, version }: Snapshot): string =>
  `${namespace}/${name}.v${version}`;

/** `chart@1.0.0` */
export const versionedChart = ({ chartName, chartVersion }: Snapshot): string =>
  `${chartName}@${chartVersion}`;

/** All its tests have run, or one of them failed; no tests to run count as run. */
export function hasBeenTested({ testHooks }: Snapshot): boolean {
  if (testHooks === undefined) return false;
  const phases = Object.values(testHooks).map(({ phase }) => phase);
  return phases.includes('Failed') || phases.every((phase) => phase === 'Succeeded');
}

export const hasFailedTest = ({ testHooks = {} }: Snapshot): boolean =>
  Object.values(testHooks).some(({ phase }) => phase === 'Failed');

const isGood = (snapshot: Snapshot, ignoreTests: boolean) =>
  (snapshot.status === 'deployed' || snapshot.status === 'superseded') &&
  (ignoreTests || !hasFailedTest(snapshot));

/** The newest good one before the newest. */
export function previousOf(
  history: readonly Snapshot[],
  ignoreTests: boolean,
): Snapshot | undefined {
  return sorted(history)
    .slice(1)
    .find((each) => isGood(each, ignoreTests));
}

/** Keeps down to the newest good one before the newest; without one, the five newest. */
export function truncated(history: readonly Snapshot[], ignoreTests: boolean): Snapshot[] {
  const all = sorted(history);
  const previous = all.findIndex((each, at) => at > 0 && isGood(each, ignoreTests));
  return previous > 0 ? all.slice(0, previous + 1) : all.slice(0, mostKept);
}

export const newest = (history: readonly Snapshot[]): Snapshot[] =>
  sorted(history).slice(0, mostKept);

export const sorted = (history: readonly Snapshot[]): Snapshot[] =>
  [...history].sort((a, b) => b.version - a.version);

export function readHistory(value: unknown): Snapshot[] {
  return new Fields({ value }).each('value').flatMap((fields) => {
    const [name, namespace] = [fields.text('name'), fields.text('namespace')];
    const version = fields.count('version');
    if (name === undefined || namespace === undefined || version === undefined) return [];
    const optional = (key: 'apiVersion' | 'action' | 'appVersion' | 'deleted' | 'ociDigest') => {
      const text = fields.text(key);
      return text === undefined ? {} : { [key]: text };
    };
    return [
      {
        ...optional('apiVersion'),
        digest: fields.text('digest') ?? '',
        name,
        namespace,
        version,
        status: fields.text('status') ?? '',
        ...optional('action'),
        chartName: fields.text('chartName') ?? '',
        chartVersion: fields.text('chartVersion') ?? '',
        ...optional('appVersion'),
        configDigest: fields.text('configDigest') ?? '',
        firstDeployed: fields.text('firstDeployed') ?? '',
        lastDeployed: fields.text('lastDeployed') ?? '',
        ...optional('deleted'),
        ...(fields.has('testHooks') ? { testHooks: readTestHooks(fields.at('testHooks')) } : {}),
        ...optional('ociDigest'),
      },
    ];
  });
}

function readTestHooks(hooks: Fields): Record<string, TestHook> {
  return Object.fromEntries(
    Object.keys(hooks.value).map((name) => {
      const { lastStarted, lastCompleted, phase } = hooks.textMap(name);
      return [
        name,
        {
          ...(lastStarted === undefined ? {} : { lastStarted }),
          ...(lastCompleted === undefined ? {} : { lastCompleted }),
          ...(phase === undefined ? {} : { phase }),
        },
      ];
    }),
  );
}

/** The results of a release's tests, of those that the filters choose. */
export function testHooksOf(
  release: Release,
  filters: readonly { name: string; exclude: boolean }[],
): Record<string, TestHook> {
  const included = filters.filter(({ exclude }) => !exclude);
  const isChosen = (name: string) =>
    !filters.some((filter) => filter.exclude && filter.name === name) &&
    (included.length === 0 || included.some((filter) => filter.name === name));
  return Object.fromEntries(
    release.hooks
      .filter(({ events, name }) => isTest(events) && isChosen(name))
      .map(({ name, lastRun }) => [
        name,
        {
          ...(lastRun.startedAt === '' ? {} : { lastStarted: seconds(lastRun.startedAt) }),
          ...(lastRun.completedAt === '' ? {} : { lastCompleted: seconds(lastRun.completedAt) }),
          ...(lastRun.phase === '' ? {} : { phase: lastRun.phase }),
        },
      ]),
  );
}

const isTest = (events: readonly string[]) => events.includes('test');

/** Of what says what a revision is; results of tests are no part of it, for people may run them by hand. */
function digestRelease(release: Release, ociDigest: string): string {
  const { name, namespace, version, info, chart, manifest, hooks } = release;
  const { name: chartName, version: chartVersion, appVersion = '' } = chart.metadata;
  const parts = [
    name,
    namespace,
    version,
    info.status,
    info.description,
    chartName,
    chartVersion,
    appVersion,
    digestValues(release.config),
    manifest,
    hooks.filter(({ events }) => !isTest(events)).map((hook) => [hook.path, hook.manifest]),
    ociDigest,
  ];
  return `sha256:${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}`;
}

/** RFC 3339 with whole seconds in UTC, as Kubernetes writes times. */
function seconds(text: string): string {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? text : time.toISOString().replace(/\.\d+Z$/, 'Z');
}
