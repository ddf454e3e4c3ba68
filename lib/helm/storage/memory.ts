/** Releases in memory, for dry runs and tests. */
import { HelmError } from '../chart/mod.ts';
import type { Release } from './release.ts';
import type { ReleaseRecord, ReleaseStore } from './store.ts';

export function createMemoryStore(): ReleaseStore {
  const kept = new Map<string, Release>();
  const key = (name: string, revision: number) => `${name}.v${revision}`;
  const all = () => [...kept.values()].sort((a, b) => a.version - b.version);
  const recordOf = (release: Release): ReleaseRecord => ({
    namespace: release.namespace,
    name: release.name,
    revision: release.version,
    status: release.info.status,
  });
  return {
    checkSize: () => undefined,
    create: (release) => {
      const at = key(release.name, release.version);
      if (kept.has(at))
        return Promise.reject(
          new HelmError('ReleaseExists', release.name, 'release: already exists'),
        );
      kept.set(at, structuredRelease(release));
      return Promise.resolve();
    },
    update: (release) => {
      const at = key(release.name, release.version);
      if (!kept.has(at))
        return Promise.reject(new HelmError('ReleaseNotFound', release.name, 'release: not found'));
      kept.set(at, structuredRelease(release));
      return Promise.resolve();
    },
    get: (name, revision) => Promise.resolve(kept.get(key(name, revision))),
    records: (name) =>
      Promise.resolve(
        all()
          .filter((release) => release.name === name)
          .map(recordOf),
      ),
    allRecords: () => Promise.resolve(all().map(recordOf)),
    history: (name) => Promise.resolve(all().filter((release) => release.name === name)),
    remove: (name, revision) => Promise.resolve(kept.delete(key(name, revision))),
  };
}

/** Later changes of the caller's release must not reach the stored one. */
function structuredRelease(release: Release): Release {
  return {
    ...release,
    info: { ...release.info },
    hooks: release.hooks.map((hook) => ({ ...hook, lastRun: { ...hook.lastRun } })),
    labels: { ...release.labels },
  };
}
