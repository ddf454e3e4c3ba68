/** What the cluster holds after a step, without what differs from run to run. */
import { gunzipSync } from 'node:zlib';
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';

export interface Snapshot {
  /** By kind and name, as text. */
  objects: ReadonlyMap<string, string>;
  /** Stored revisions by the name of their Secret: labels, and the JSON as it was written. */
  releases: ReadonlyMap<string, string>;
}

const kinds: readonly (readonly [string, string])[] = [
  ['v1', 'ConfigMap'],
  ['v1', 'Secret'],
  ['v1', 'Service'],
  ['v1', 'ServiceAccount'],
  ['v1', 'Pod'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'DaemonSet'],
  ['batch/v1', 'Job'],
  ['batch/v1', 'CronJob'],
  ['networking.k8s.io/v1', 'Ingress'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
  ['rbac.authorization.k8s.io/v1', 'Role'],
  ['life.example.com/v1', 'Widget'],
];

/** Cluster-wide kinds; only what the scenarios make of them is looked at. */
const wideKinds: readonly (readonly [string, string, RegExp])[] = [
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition', /life\.example\.com$/],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole', /^life-/],
];

export async function takeSnapshot(kube: KubeClient, namespace: string): Promise<Snapshot> {
  const objects = new Map<string, string>();
  const releases = new Map<string, string>();
  const plain = (text: string) => text.replaceAll(namespace, 'NS');
  for (const [apiVersion, kind] of kinds) {
    const type = await kube.resourceType({ apiVersion, kind });
    if (type === undefined) continue;
    const { items } = await kube.list({ apiVersion, kind, namespace });
    for (const item of items) {
      const name = item.metadata.name ?? '';
      if (isRelease(item)) releases.set(name, plain(releaseText({ ...item, kind })));
      else if (isOurs(kind, item)) objects.set(`${kind} ${name}`, plain(objectText(item)));
    }
  }
  for (const [apiVersion, kind, pattern] of wideKinds) {
    const { items } = await kube.list({ apiVersion, kind });
    for (const item of items) {
      const name = item.metadata.name ?? '';
      if (pattern.test(name)) objects.set(`${kind} ${name}`, plain(objectText(item)));
    }
  }
  return { objects, releases };
}

const isRelease = ({ metadata }: KubeObject) =>
  metadata.labels?.['owner'] === 'helm' &&
  metadata.name?.startsWith('sh.helm.release.v1.') === true;

/** Not what controllers make by themselves. */
function isOurs(kind: string, item: KubeObject): boolean {
  const name = item.metadata.name ?? '';
  if (item.metadata.ownerReferences !== undefined) return false;
  if (kind === 'ConfigMap' && name === 'kube-root-ca.crt') return false;
  return !(kind === 'ServiceAccount' && name === 'default');
}

export function releaseText(secret: KubeObject): string {
  const data = secret['data'];
  const text =
    typeof data === 'object' && data !== null && 'release' in data ? String(data.release) : '';
  const inner = secret.kind === 'Secret' ? Buffer.from(text, 'base64').toString('latin1') : text;
  const zipped = Buffer.from(inner, 'base64');
  const labels = Object.entries(secret.metadata.labels ?? {})
    .map(([key, value]) =>
      /^(?:created|modified)At$/.test(key) ? `${key}=TIME` : `${key}=${value}`,
    )
    .sort();
  return `${labels.join(',')}\n${withoutTimes(gunzipSync(zipped).toString('utf8'))}`;
}

export const withoutTimes = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, 'TIME')
    .replaceAll(
      /(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}/g,
      'TIME',
    )
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000 UTC/g, 'TIME')
    .replaceAll(/(\\*"(?:resourceVersion|uid)\\*":\\*")[^"\\]+/g, '$1ID')
    .replaceAll(/(deployment\.kubernetes\.io\/revision\\*": ?\\*")\d+/g, '$1N')
    // Columns are as wide as their times.
    .replaceAll(/ +\t/g, '\t')
    .replaceAll(/ +\n/g, '\n');

function objectText(item: KubeObject): string {
  const { metadata, status: _status, ...rest } = item;
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _created, ...kept } = metadata;
  const managers = (metadata.managedFields ?? [])
    .filter((entry) => entry.operation === 'Update' && !/kube-|lifecycle/.test(entry.manager ?? ''))
    .map((entry) => entry.manager ?? '');
  const { managedFields: _fields, generation: _generation, ...named } = kept;
  // A controller counts revisions, sooner or later.
  const { 'deployment.kubernetes.io/revision': _counted, ...annotations } = named.annotations ?? {};
  const text = JSON.stringify(
    {
      ...rest,
      metadata: { ...named, annotations, managers: [...new Set(managers)].sort() },
    },
    sorted,
    1,
  );
  return withoutTimes(text)
    .replaceAll(/"10\.0\.\d+\.\d+"/g, '"IP"')
    .replaceAll(/"[0-9a-f]{8}-[0-9a-f-]{27}"/g, '"UID"');
}

/** Keys in order, so that text can be compared. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
