/** The newest revision of each release, out of the labels of Helm's Secrets. */
import { releaseStatuses } from '../lib/helm/storage/mod.ts';
import type { ReleaseStatus } from '../lib/helm/storage/mod.ts';
import type { KubeObject } from '../lib/objects/mod.ts';

export interface StoredRevision {
  version: number;
  status: ReleaseStatus;
}

export interface Revisions {
  /** Takes a change of a Secret in. */
  note(now: KubeObject | undefined, before: KubeObject | undefined): void;
  newest(namespace: string, name: string): StoredRevision | undefined;
  /** Every release's newest revision that has a status. */
  withStatus(status: ReleaseStatus): { namespace: string; name: string }[];
}

export function createRevisions(): Revisions {
  const releases = new Map<string, Map<number, ReleaseStatus>>();
  const newestOf = (key: string): StoredRevision | undefined => {
    let newest: StoredRevision | undefined;
    for (const [version, status] of releases.get(key) ?? [])
      if (newest === undefined || version > newest.version) newest = { version, status };
    return newest;
  };
  return {
    note: (now, before) => {
      const { labels = {}, namespace = '' } = (now ?? before)?.metadata ?? {};
      if (labels.owner !== 'helm' || labels.name === undefined) return;
      const key = `${namespace}/${labels.name}`;
      const known = releases.get(key) ?? new Map<number, ReleaseStatus>();
      const version = Number(labels.version);
      if (now === undefined || !isStatus(labels.status)) known.delete(version);
      else known.set(version, labels.status);
      if (known.size === 0) releases.delete(key);
      else releases.set(key, known);
    },
    newest: (namespace, name) => newestOf(`${namespace}/${name}`),
    withStatus: (status) =>
      [...releases.keys()].flatMap((key) => {
        const [namespace = '', name = ''] = key.split('/');
        return newestOf(key)?.status === status ? [{ namespace, name }] : [];
      }),
  };
}

const isStatus = (text: string | undefined): text is ReleaseStatus =>
  releaseStatuses.some((status) => status === text);
