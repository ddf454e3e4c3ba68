/** What a simulation has brought about: read from the sandbox and from what the programs say. */
import type { KubeClient } from '../../lib/kube/mod.ts';
import {
  formatApiVersion,
  formatResourceId,
  helmReleaseApiVersion,
  resourceId,
  clusterScope,
} from '../../lib/objects/mod.ts';
import type { HelmRelease, KubeObject } from '../../lib/objects/mod.ts';
import { inParallel, isRecord } from '../../lib/runtime/mod.ts';
import { markLabel } from '../../lib/wire/mod.ts';

export interface Problem {
  /** `error` lets a simulation fail, `warning` does not. */
  level: 'error' | 'warning';
  /** A file or a resource ID; '' for the whole. */
  subject: string;
  message: string;
}

export interface SimulatedRelease {
  namespace: string;
  name: string;
  chart: string;
  version: string;
  revision: number;
  status: string;
  /** Of the chart's objects, hooks included. */
  manifest: string;
}

export interface SimulatedObject {
  id: string;
  object: KubeObject;
}

export interface Simulation {
  objects: SimulatedObject[];
  releases: SimulatedRelease[];
  problems: Problem[];
}

type Records = readonly Readonly<Record<string, unknown>>[];

/** Every object that fluxd has applied, by ID. */
export async function appliedObjects(kube: KubeClient): Promise<SimulatedObject[]> {
  kube.invalidateDiscovery();
  const types = (await kube.resourceTypes()).filter(({ verbs }) => verbs.includes('list'));
  const found: SimulatedObject[] = [];
  await inParallel(types, 8, async ({ group, version, kind }) => {
    const of = { apiVersion: formatApiVersion(group, version), kind };
    for (const object of (await kube.list(of, { labelSelector: markLabel })).items)
      found.push({ id: idOf({ ...object, ...of }), object: { ...object, ...of } });
  });
  return found.sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function idOf({ kind, metadata: { namespace, name = '' } }: KubeObject): string {
  return formatResourceId(resourceId(namespace ?? clusterScope, kind, name));
}

/** HelmReleases as they stand; none when the kind is not served. */
export async function helmReleases(kube: KubeClient): Promise<HelmRelease[]> {
  const of = { apiVersion: helmReleaseApiVersion, kind: 'HelmRelease' };
  if ((await kube.resourceType(of)) === undefined) return [];
  return (await kube.list<HelmRelease>(of)).items.map((one) => ({ ...one, ...of }));
}

/** When helm-operator tries again, which is no part of what is wrong. */
const nextTry = / \(next try at [^)]*\)$/;

export type Settlement = 'pending' | 'done' | 'failing';

export function settlementOf({ metadata, status = {} }: HelmRelease): Settlement {
  const { generation } = metadata;
  if (released(status.conditions)?.status === 'False') return 'failing';
  const seen = status.observedGeneration !== undefined && status.observedGeneration === generation;
  return seen && status.phase === 'Succeeded' ? 'done' : 'pending';
}

const released = (conditions: NonNullable<HelmRelease['status']>['conditions'] = []) =>
  conditions.find(({ type }) => type === 'Released');

/**
 * What is wrong now. The programs' logs hold more, of which some has mended itself meanwhile: only what fluxd's metrics
 * name still counts, with the newest text about it.
 *
 * @param metrics of fluxd, as Prometheus reads them
 */
export function problemsOf(
  metrics: string,
  fluxd: Records,
  releases: readonly HelmRelease[],
): Problem[] {
  const newest = (key: string, value: string) =>
    fluxd.findLast((record) => record[key] === value && typeof record.err === 'string')?.err;
  const named = (metric: string, label: string) =>
    [
      ...metrics.matchAll(
        new RegExp(`^${metric}\\{${label}="((?:[^"\\\\]|\\\\.)*)"\\} [1-9]`, 'gm'),
      ),
    ].map(([, text = '']) => text.replaceAll(/\\(.)/g, '$1'));
  const errors: Problem[] = [
    ...named('flux_daemon_load_errors', 'file').flatMap((file) =>
      textsOf(fluxd, 'file', file).map((message) => problem(file, message)),
    ),
    ...named('flux_daemon_resource_errors', 'resource').map((id) =>
      problem(id, String(newest('resource', id) ?? 'cannot be applied')),
    ),
    ...releases
      .filter((one) => settlementOf(one) !== 'done')
      .map((one) =>
        problem(
          idOf(one),
          released(one.status?.conditions)?.message?.replace(nextTry, '') ??
            'is not released; helm-operator is still at it',
        ),
      ),
  ];
  return [...errors, ...waiting(fluxd)];
}

const problem = (subject: string, message: string): Problem => ({
  level: 'error',
  subject,
  message,
});

const textsOf = (records: Records, key: string, value: string): string[] => [
  ...new Set(
    records.flatMap((record) =>
      record[key] === value && typeof record.err === 'string' ? [record.err] : [],
    ),
  ),
];

/** Objects whose kind nobody has defined. */
function waiting(fluxd: Records): Problem[] {
  const open = new Map<string, string>();
  for (const { warn, info } of fluxd) {
    const lost =
      typeof warn === 'string' ? /^cannot find scope of resource ([^:]+): /.exec(warn) : null;
    if (lost !== null) open.set(lost[1] ?? '', String(warn));
    const back = typeof info === 'string' ? /^found scope of resource ([^,]+),/.exec(info) : null;
    if (back !== null) open.delete(back[1] ?? '');
  }
  return [...open].map(([subject, message]) => ({ level: 'warning', subject, message }));
}

/** The newest thing that kept fluxd from syncing at all; `undefined` when there is none. */
export function syncFailure(fluxd: Records): string | undefined {
  const found = fluxd.findLast(
    (record) => typeof record.err === 'string' && !('resource' in record) && !('file' in record),
  )?.err;
  return typeof found === 'string' && !found.startsWith('git repo not ready') ? found : undefined;
}

export function manifestsOf(release: {
  manifest: string;
  hooks: readonly { manifest: string }[];
}): string {
  return [release.manifest, ...release.hooks.map(({ manifest }) => manifest)].join('\n---\n');
}

export const isObject = (value: unknown): value is KubeObject =>
  isRecord(value) && typeof value.kind === 'string' && isRecord(value.metadata);
