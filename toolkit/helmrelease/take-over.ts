/**
 * Goes on with a release that a HelmRelease of the older generation has made: without a revision, where an upgrade would
 * change nothing. The original always upgrades (spec §6.4); here the annotation `taken-over-from` asks for it.
 */
import { changesTo } from '../../lib/helm/action/mod.ts';
import { takenOverFrom } from '../../lib/objects/mod.ts';
import { digestsOf } from './digests.ts';
import { inventoryOf } from './inventory.ts';
import { setHistory, snapshotMetadata, targetOf } from './request.ts';
import type { Request } from './request.ts';
import { fullName, snapshotOf, takenOver, versionedChart } from './snapshot.ts';
import { summarize } from './summary.ts';
import { digestValues } from './values-digest.ts';

/** @returns whether the release is taken over as it is; otherwise it takes an upgrade */
export async function takeOver(request: Request): Promise<boolean> {
  const { draft, spec, chart, values, target } = request;
  const from = takenOverFrom(draft.object);
  const digests = digestsOf(draft.spec);
  // These change every object of a release.
  if (from === '' || digests.postRenderers !== '' || digests.commonMetadata !== '') return false;
  const release = await target.engine.latest(targetOf(request));
  if (release?.info.status !== 'deployed') return false;
  const changes = await changesTo(target.engine, release, {
    ...targetOf(request),
    chart,
    values,
    previousValues: spec.upgrade.preserveValues ? 'reuse' : 'reset',
    disableOpenApiValidation: spec.upgrade.disableOpenApiValidation,
    skipSchemaValidation: spec.upgrade.disableSchemaValidation,
    takeOwnership: true,
    enableDns: spec.upgrade.enableDns,
  });
  if (changes !== undefined) return false;
  const snapshot = {
    ...snapshotOf(release, { action: takenOver }),
    chartVersion: chart.metadata.version,
    configDigest: digestValues(values),
  };
  setHistory(request, [snapshot]);
  draft.status['inventory'] = await inventoryOf(target.kube, release, chart);
  const message = `Took over release ${fullName(snapshot)} with chart ${versionedChart(snapshot)} from HelmRelease ${from}, without a new revision`;
  draft.conditions.remove('TestSuccess', 'Remediated');
  draft.conditions.markTrue('Released', 'TakenOver', message);
  summarize(request);
  draft.tell({
    severity: 'info',
    reason: 'TakenOver',
    message,
    metadata: snapshotMetadata(snapshot),
  });
  return true;
}
