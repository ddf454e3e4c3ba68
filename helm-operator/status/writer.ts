/** Writes the status of HelmReleases, only when it changes, and remembers what was written. */
import type { KubeWriter } from '../../lib/kube/mod.ts';
import { KubeError } from '../../lib/kube/mod.ts';
import type { HelmRelease, HelmReleaseStatus } from '../../lib/objects/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Logger } from '../../lib/runtime/mod.ts';

export interface StatusWriter {
  /** The newest status known: what counts here, or what the object says. */
  current(hr: HelmRelease): HelmReleaseStatus;
  /**
   * Changes of one HelmRelease follow one another, each from what the one before has left.
   *
   * @returns the status that counts from now on; a write that fails is logged and made up for by the next update
   */
  update(
    hr: HelmRelease,
    change: (before: HelmReleaseStatus) => HelmReleaseStatus,
  ): Promise<HelmReleaseStatus>;
  /** Whether the cluster has the status that counts. */
  isWritten(hr: HelmRelease): boolean;
  forget(hr: HelmRelease): void;
}

export function createStatusWriter(kube: KubeWriter, log: Logger): StatusWriter {
  const known = new Map<string, HelmReleaseStatus>();
  /** Where a write failed, so that nobody knows what the cluster has: the fields that it may have. */
  const unsure = new Map<string, ReadonlySet<string>>();
  /** The last change under way of each. */
  const under = new Map<string, Promise<HelmReleaseStatus>>();
  const keyOf = (hr: HelmRelease) =>
    hr.metadata.uid ?? `${hr.metadata.namespace}/${hr.metadata.name}`;
  const current = (hr: HelmRelease) => known.get(keyOf(hr)) ?? hr.status ?? {};
  const forget = (key: string) => {
    known.delete(key);
    unsure.delete(key);
  };

  const write = async (hr: HelmRelease, next: HelmReleaseStatus): Promise<HelmReleaseStatus> => {
    const key = keyOf(hr);
    const before = current(hr);
    const doubtful = unsure.get(key);
    const changes =
      doubtful === undefined ? changed(before, next) : { ...emptied(doubtful), ...next };
    if (Object.keys(changes).length === 0) return next;
    known.set(key, next);
    const { apiVersion, kind, metadata } = hr;
    try {
      await kube.patch(
        { apiVersion, kind, namespace: metadata.namespace, name: metadata.name },
        'merge',
        { status: changes },
        { subresource: 'status', fieldManager: 'helm-operator' },
      );
      unsure.delete(key);
    } catch (thrown) {
      if (thrown instanceof KubeError && thrown.reason === 'NotFound') forget(key);
      else {
        unsure.set(
          key,
          new Set([...(doubtful ?? []), ...Object.keys(before), ...Object.keys(next)]),
        );
        log.log({
          component: 'statusupdater',
          namespace: metadata.namespace,
          resource: metadata.name,
          err: messageOf(thrown),
        });
      }
    }
    return next;
  };

  return {
    current,
    update: async (hr, change) => {
      const key = keyOf(hr);
      const turn = (under.get(key) ?? Promise.resolve()).then(() => write(hr, change(current(hr))));
      under.set(key, turn);
      try {
        return await turn;
      } finally {
        if (under.get(key) === turn) under.delete(key);
      }
    },
    isWritten: (hr) => !unsure.has(keyOf(hr)),
    forget: (hr) => {
      forget(keyOf(hr));
    },
  };
}

/** The fields of a merge patch; fields that are gone are null. */
function changed(before: HelmReleaseStatus, next: HelmReleaseStatus): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  const [old, now] = [before as Record<string, unknown>, next as Record<string, unknown>];
  for (const key of new Set([...Object.keys(old), ...Object.keys(now)])) {
    if (JSON.stringify(old[key]) !== JSON.stringify(now[key])) patch[key] = now[key] ?? null;
  }
  return patch;
}

const emptied = (fields: ReadonlySet<string>): Record<string, unknown> =>
  Object.fromEntries([...fields].map((field) => [field, null]));
