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
  | { is: 'absent' | 'unmanaged' | 'outOfSync' | 'failed'; reason: string }
  | { is: 'locked'; release: Release }
  | { is: 'drifted'; drift: Drift }
  | { is: 'untested' | 'inSync' };

/** @throws HelmError, KubeError when the storage or the objects cannot be read */
export async function determineState(request: Request): Promise<ReleaseState> {
  const { spec, target, draft } = request;
  const release = await target.engine.latest(targetOf(request)).catch((cause: unknown) => {
    const what = 'failed to retrieve last release from storage: query: failed to query with labels';
    throw new Error(`${what}: ${messageOf(cause)}`, { cause });
  });
  if (release === undefined) return { is: 'absent', reason: 'no release in storage for object' };
  const { status } = release.info;
  if (status.startsWith('pending-')) return { is: 'locked', release };
  const latest = latestOf(request);
  if (latest === undefined) {
    return status === 'uninstalled'
      ? { is: 'absent', reason: 'found uninstalled release in storage' }
      : { is: 'unmanaged', reason: 'found existing release in storage' };
  }
  if (!isSame(latest, release))
    return { is: 'unmanaged', reason: 'release not observed to be made for object' };
  if (status === 'failed') return { is: 'failed', reason: '' };
  if (status === 'uninstalled')
    return { is: 'absent', reason: 'found uninstalled release in storage' };
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
    const drift = await findDrift(target.kube, release, spec.driftDetection.ignore).catch(
      (cause: unknown) => {
        throw new Error(`unable to determine cluster state: ${messageOf(cause)}`, { cause });
      },
    );
    if (drift.drifted.length > 0) return { is: 'drifted', drift };
  }
  return { is: 'inSync' };
}
