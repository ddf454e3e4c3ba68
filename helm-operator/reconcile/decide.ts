/** What to do about a HelmRelease, from what was observed. Pure (spec helm-operator §6.2). */
import type { ReleaseStatus } from '../../lib/helm/storage/mod.ts';
import type { HelmReleasePhase } from '../../lib/objects/mod.ts';

export interface Observation {
  /** Newest revision in Helm's storage, whatever its status. */
  release:
    | {
        version: number;
        status: ReleaseStatus;
        /** A `pending-*` or `uninstalling` that nobody is working on any more; see `wasInterrupted`. */
        interrupted: boolean;
      }
    | undefined;
  /** Who manages the release's objects; `undefined` when nobody does yet. */
  owner: string | undefined;
  /** This HelmRelease, as `namespace:helmrelease/name`. */
  self: string;
  generation: number;
  observedGeneration: number;
  /** The condition RolledBack is True. */
  rolledBack: boolean;
  /** The chart's source has a newer revision of the chart than the last one tried. */
  chartChanged: boolean;
  /** Chart or values differ from the revision to compare with: the newest, or after a rollback the one that failed. */
  differs: boolean;
  rollback: { retry: boolean; maxRetries: number; count: number };
}

export type Decision =
  | { action: 'install'; because: string }
  | { action: 'upgrade'; because: string }
  | { action: 'none'; phase: 'Succeeded' | 'unchanged' }
  /** Purge a first install that never finished, then install. */
  | { action: 'reinstall'; because: string }
  /** Bring a release that an interrupted operation left behind back to its last good revision, then upgrade. */
  | { action: 'recover'; because: string }
  | { action: 'refuse'; reason: 'NotOurs' | 'UnsafeUpgrade' | 'ReleaseBusy'; message: string };

export function decide(seen: Observation): Decision {
  const { release } = seen;
  if (release === undefined) return { action: 'install', because: 'there is no release' };
  if (seen.owner !== undefined && seen.owner !== seen.self) {
    return {
      action: 'refuse',
      reason: 'NotOurs',
      message: `release appears to be managed by '${seen.owner}'`,
    };
  }
  const newSpec = seen.observedGeneration < seen.generation;
  const changed = newSpec || seen.chartChanged || seen.differs;
  if (isUnderWork(release.status) && !release.interrupted) {
    return {
      action: 'refuse',
      reason: 'ReleaseBusy',
      message: `status '${release.status}' of release does not allow a safe upgrade: another operation seems to be running on it`,
    };
  }
  switch (release.status) {
    case 'deployed':
      return decideDeployed(seen, newSpec);
    case 'failed':
      // The original gave up here for ever; what changed since deserves another try.
      if (changed) return { action: 'upgrade', because: 'the failed release has changed' };
      break;
    case 'pending-install':
      return { action: 'reinstall', because: 'the installation was interrupted' };
    case 'pending-upgrade':
    case 'pending-rollback':
      return {
        action: 'recover',
        because: `revision ${release.version} was interrupted (${release.status})`,
      };
    case 'uninstalling':
      return { action: 'reinstall', because: 'the uninstallation was interrupted' };
    case 'uninstalled':
    case 'superseded':
    case 'unknown':
      break;
  }
  return {
    action: 'refuse',
    reason: 'UnsafeUpgrade',
    message: `status '${release.status}' of release does not allow a safe upgrade`,
  };
}

const isUnderWork = (status: ReleaseStatus) =>
  status.startsWith('pending-') || status === 'uninstalling';

/** Nobody works on a release for longer: Helm's waits and hooks take five minutes each unless told otherwise. */
const longestOperationMs = 15 * 60_000;

/**
 * Whether the operation that a release's status tells of has died.
 *
 * @param seen.ourPhase the HelmRelease's phase as the last run left it: if that was in the middle of an operation, it
 *   was ours, and no other run of ours is on this release now
 * @param seen.ageMs since the status was written
 * @param seen.timeoutMs of our own operations
 */
export function wasInterrupted(seen: {
  status: ReleaseStatus;
  ourPhase: HelmReleasePhase | undefined;
  ageMs: number;
  timeoutMs: number;
}): boolean {
  if (!isUnderWork(seen.status)) return false;
  if (seen.status !== 'uninstalling' && midOperation.some((phase) => phase === seen.ourPhase))
    return true;
  return seen.ageMs > Math.max(longestOperationMs, 2 * seen.timeoutMs);
}

const midOperation: readonly HelmReleasePhase[] = ['Installing', 'Upgrading', 'RollingBack'];

function decideDeployed(seen: Observation, newSpec: boolean): Decision {
  if (newSpec) return { action: 'upgrade', because: 'the spec has changed' };
  if (seen.rolledBack) {
    if (seen.chartChanged) return { action: 'upgrade', because: 'the chart has changed' };
    const { retry, maxRetries, count } = seen.rollback;
    if (retry && (maxRetries === 0 || count <= maxRetries)) {
      return { action: 'upgrade', because: `retry ${count} after a rollback` };
    }
    return seen.differs
      ? { action: 'upgrade', because: 'chart or values differ from the revision that failed' }
      : { action: 'none', phase: 'unchanged' };
  }
  if (seen.chartChanged) return { action: 'upgrade', because: 'the chart has changed' };
  return seen.differs
    ? { action: 'upgrade', because: 'chart or values differ from the release' }
    : { action: 'none', phase: 'Succeeded' };
}
