/** How the stored release stands to what is wanted (helm-controller internal/reconcile/state.go). */
import type { Release } from '../../lib/helm/storage/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { digestsOf } from './digests.ts';
import { findDrift } from './drift.ts';
import type { Drift } from './drift.ts';
import { activeRemediation, latestOf, targetOf } from './request.ts';
import type { Request } from './request.ts';
import { hasBeenTested, hasFailedTest, isSame, takenOver } from './snapshot.ts';
import { digestValues } from './values-digest.ts';

export type ReleaseState =
  | { is: 'unmanaged' | 'outOfSync' | 'failed'; reason: string }
  | { is: 'absent'; reason: string; isUnused: boolean }
  | { is: 'locked'; release: Release }
  | { is: 'drifted'; drift: Drift }
  | { is: 'untested' | 'inSync' };

/**
 * @param stored the newest revision, when it was stored just now
 * @throws HelmError, KubeError when the storage or the objects cannot be read
 */
export async function determineState(
  request: Request,
  stored: Release | undefined,
): Promise<ReleaseState> {
  const { spec, target, draft } = request;
  const release = stored ?? (await readNewest(request));
  if (release === undefined)
    return { is: 'absent', reason: 'no release in storage for object', isUnused: true };
  const { status } = release.info;
  if (status.startsWith('pending-')) return { is: 'locked', release };
  const latest = latestOf(request);
  if (latest === undefined) {
    return status === 'uninstalled'
      ? uninstalled
      : { is: 'unmanaged', reason: 'found existing release in storage' };
  }
  if (!isSame(latest, release))
    return { is: 'unmanaged', reason: 'release not observed to be made for object' };
  if (status === 'failed') return { is: 'failed', reason: '' };
  if (status === 'uninstalled') return uninstalled;
  if (status !== 'deployed')
    throw new Error(`unable to determine state for release with status '${status}'`);

  const { metadata } = request.chart;
  const { version } =
    latest.action === takenOver ? { version: latest.chartVersion } : release.chart.metadata;
  if (release.chart.metadata.name !== metadata.name || version !== metadata.version)
    return { is: 'outOfSync', reason: 'release chart changed' };
  const algorithm = latest.configDigest.startsWith('sha1:') ? 'sha1' : 'sha256';
  if (latest.configDigest !== digestValues(request.values, algorithm))
    return { is: 'outOfSync', reason: 'release config values changed' };
  if (draft.status['observedGeneration'] !== draft.generation) {
    const digests = digestsOf(draft.spec);
    if (digests.postRenderers !== (draft.status['observedPostRenderersDigest'] ?? ''))
      return { is: 'outOfSync', reason: 'postrenderers digest has changed' };
    if (digests.commonMetadata !== (draft.status['observedCommonMetadataDigest'] ?? ''))
      return { is: 'outOfSync', reason: 'common metadata digest has changed' };
  }
  if (spec.test.enable) {
    if (!hasBeenTested(latest)) return { is: 'untested' };
    const remediation = activeRemediation(request);
    if (remediation !== undefined && !remediation.ignoreTestFailures && hasFailedTest(latest))
      return { is: 'failed', reason: 'release has test in failed phase' };
  }
  if (spec.driftDetection.mode !== 'disabled') {
    // What was done is on record before something is asked that may fail.
    if (stored !== undefined) await draft.save();
    const { ignore } = spec.driftDetection;
    const drift = await findDrift(target.kube, release, ignore, request.overridden).catch(
      (cause: unknown) => {
        throw new Error(`unable to determine cluster state: ${messageOf(cause)}`, { cause });
      },
    );
    if (drift.drifted.length > 0) return { is: 'drifted', drift };
  }
  return { is: 'inSync' };
}

const uninstalled: ReleaseState = {
  is: 'absent',
  reason: 'found uninstalled release in storage',
  isUnused: false,
};

async function readNewest(request: Request): Promise<Release | undefined> {
  try {
    const isLikelyNew = latestOf(request) === undefined;
    return await request.target.engine.latest(targetOf(request), { isLikelyNew });
  } catch (cause) {
    const what = 'failed to retrieve last release from storage: query: failed to query with labels';
    throw new Error(`${what}: ${messageOf(cause)}`, { cause });
  }
}
