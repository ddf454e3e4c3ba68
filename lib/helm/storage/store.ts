/** Where releases are kept, as the engine sees it. */
import type { Release, ReleaseStatus } from './release.ts';

/** What the labels say about a stored revision, without decoding it. */
export interface ReleaseRecord {
  namespace: string;
  name: string;
  revision: number;
  status: ReleaseStatus;
}

export interface ReleaseStore {
  /** @throws HelmError `ReleaseTooLarge` when the release is more than one object may hold */
  checkSize(release: Release): void;
  /** @throws HelmError `ReleaseExists` when the revision is there already: somebody else was faster */
  create(release: Release): Promise<void>;
  /** @throws HelmError `ReleaseNotFound` */
  update(release: Release): Promise<void>;
  get(name: string, revision: number): Promise<Release | undefined>;
  /**
   * Revisions of one release, oldest first.
   *
   * @param mayBeStale what was stored in the last moments may be missing
   */
  records(name: string, mayBeStale?: boolean): Promise<ReleaseRecord[]>;
  /** Every revision of every release. */
  allRecords(): Promise<ReleaseRecord[]>;
  /** Every revision of one release, oldest first. */
  history(name: string): Promise<Release[]>;
  /** `false` when it was not there. */
  remove(name: string, revision: number): Promise<boolean>;
}

/**
 * Makes room for one more revision: removes the oldest ones beyond `maxHistory - 1`, never the deployed one.
 *
 * @param maxHistory revisions kept, 0 keeps all
 */
export async function pruneHistory(
  store: ReleaseStore,
  records: readonly ReleaseRecord[],
  maxHistory: number,
): Promise<void> {
  if (maxHistory <= 0) return;
  let surplus = records.length - (maxHistory - 1);
  if (surplus <= 0) return;
  const deployed = records.findLast((record) => record.status === 'deployed');
  for (const record of records) {
    if (surplus === 0) break;
    if (record === deployed) continue;
    await store.remove(record.name, record.revision);
    surplus -= 1;
  }
}

/** A store whose changes somebody is told of, after they were made. */
export function observedStore(
  store: ReleaseStore,
  onStored: ((release: Release) => void) | undefined,
): ReleaseStore {
  if (onStored === undefined) return store;
  return {
    ...store,
    create: async (release) => {
      await store.create(release);
      onStored(release);
    },
    update: async (release) => {
      await store.update(release);
      onStored(release);
    },
    remove: async (name, revision) => {
      const gone = await store.get(name, revision);
      const removed = await store.remove(name, revision);
      if (removed && gone !== undefined) onStored(gone);
      return removed;
    },
  };
}
