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
        /** The revision is what chart and values make of it now. */
        fits: boolean;
        /** It was written after the operation that `phase` tells of had begun. */
        isOfThatRun: boolean;
        /** It came about by a rollback. */
        isRollback: boolean;
      }
    | undefined;
  /** Where the last run was when it ended, or was ended. */
  phase: HelmReleasePhase | undefined;
  /** Who manages the release's objects; `undefined` when nobody does yet. */
  owner: string | undefined;
  /** This HelmRelease, as `namespace:helmrelease/name`. */
  self: string;
  generation: number;
  observedGeneration: number;
  /** It was Helm 2's until just now: an upgrade makes its objects those of Helm 3. */
  converted: boolean;
  /** Somebody asked for another try. */
  forced: boolean;
  /** The condition RolledBack is True. */
  rolledBack: boolean;
  /** The chart's source has a newer revision of the chart than the last one tried. */
  chartChanged: boolean;
  /** Chart or values differ from the revision to compare with: the newest, or after a rollback the one that failed. */
  differs: boolean;
  rollback: { enable: boolean; retry: boolean; maxRetries: number; count: number };
}

export type Decision =
  | { action: 'install'; because: string }
  | { action: 'upgrade'; because: string }
  | { action: 'none'; phase: 'Succeeded' | 'unchanged' }
  /** Do an install or upgrade that never came to its end once more, under the same revision. */
  | { action: 'install-again' | 'upgrade-again'; because: string }
  /** The revision is deployed, but the run that made it was cut off before it had said so. */
  | { action: 'finish'; because: string }
  /** An upgrade or its tests failed, and the run was cut off before it had rolled back. */
  | { action: 'roll-back'; forget: boolean; because: string }
  | { action: 'finish-rollback'; because: string }
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
  if (isUnderWork(release.status) && !release.interrupted) {
    return {
      action: 'refuse',
      reason: 'ReleaseBusy',
      message: `status '${release.status}' of release does not allow a safe upgrade: another operation seems to be running on it`,
    };
  }
  return (
    decideInterrupted(seen, release) ?? {
      action: 'refuse',
      reason: 'UnsafeUpgrade',
      message: `status '${release.status}' of release does not allow a safe upgrade`,
    }
  );
}

/** Goes on where the last run was cut off; otherwise decides afresh. */
function decideInterrupted(
  seen: Observation,
  release: NonNullable<Observation['release']>,
): Decision | undefined {
  const newSpec = seen.observedGeneration < seen.generation;
  const isRollingBack = seen.phase === 'RollingBack';
  const because = `revision ${release.version} was interrupted (${release.status})`;
  switch (release.status) {
    case 'deployed':
      if (isRollingBack && release.isRollback) return { action: 'finish-rollback', because };
      if (isRollingBack && release.fits && seen.rollback.enable)
        return { action: 'roll-back', forget: false, because };
      return wasCutOff(seen.phase, release)
        ? { action: 'finish', because: `revision ${release.version} had been deployed` }
        : decideDeployed(seen, newSpec);
    case 'failed': {
      const again = decideFailedHalfWay(seen, release, because);
      if (again !== undefined) return again;
      // The original gave up here for ever; what changed since deserves another try.
      return newSpec || seen.chartChanged || seen.differs || seen.forced
        ? { action: 'upgrade', because: 'the failed release has changed' }
        : undefined;
    }
    case 'pending-install':
      return release.fits
        ? { action: 'install-again', because }
        : { action: 'reinstall', because: 'the installation was interrupted' };
    case 'pending-upgrade':
      return { action: release.fits ? 'upgrade-again' : 'recover', because };
    case 'pending-rollback':
      return isRollingBack && seen.rollback.enable
        ? { action: 'roll-back', forget: true, because }
        : { action: 'recover', because };
    case 'uninstalling':
      return { action: 'reinstall', because: 'the uninstallation was interrupted' };
    case 'uninstalled':
    case 'superseded':
    case 'unknown':
      return undefined;
  }
}

/** The operation is not over: what follows a failure had not begun, or the server was away and it says nothing. */
function decideFailedHalfWay(
  { phase, rollback }: Observation,
  { fits, isOfThatRun, isRollback }: NonNullable<Observation['release']>,
  because: string,
): Decision | undefined {
  if (phase === 'RollingBack' && rollback.enable && (isRollback || fits))
    return { action: 'roll-back', forget: isRollback, because };
  if (!isOfThatRun) return undefined;
  if (phase === 'Installing') return { action: fits ? 'install-again' : 'reinstall', because };
  return phase === 'Upgrading' && fits ? { action: 'upgrade-again', because } : undefined;
}

/** The deployed revision is what a run had begun that never came to its end. */
function wasCutOff(
  phase: HelmReleasePhase | undefined,
  { fits, isOfThatRun }: NonNullable<Observation['release']>,
): boolean {
  if (!fits) return false;
  if (phase === 'Installing' || phase === 'Upgrading') return isOfThatRun;
  return phase === 'Deployed' || phase === 'Testing' || phase === 'Tested';
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
  const ours = seen.status === 'uninstalling' ? midPurge : midOperation;
  if (ours.some((phase) => phase === seen.ourPhase)) return true;
  return seen.ageMs > Math.max(longestOperationMs, 2 * seen.timeoutMs);
}

const midOperation: readonly HelmReleasePhase[] = ['Installing', 'Upgrading', 'RollingBack'];
/** A first install that failed, or whose tests did, is removed. */
const midPurge: readonly HelmReleasePhase[] = [
  'Installing',
  'Testing',
  'DeployFailed',
  'TestFailed',
];

function decideDeployed(seen: Observation, newSpec: boolean): Decision {
  if (newSpec) return { action: 'upgrade', because: 'the spec has changed' };
  if (seen.converted) return { action: 'upgrade', because: 'the release was one of Helm 2' };
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
