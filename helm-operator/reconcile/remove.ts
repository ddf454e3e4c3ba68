/** Uninstalls what a deleted HelmRelease had released (spec helm-operator §6.8). */
import { KubeError } from '../../lib/kube/mod.ts';
import type { KubeReader } from '../../lib/kube/mod.ts';
import { antecedentOf, findOwner } from './antecedent.ts';
import { heirOf } from './ownership.ts';
import type { Sync } from './sync.ts';

/** Uninstalls unless the release is somebody else's, or is to stay. */
export async function removeRelease(sync: Sync): Promise<void> {
  const { hr, engine, metrics } = sync;
  metrics.setConditions(sync, undefined);
  if (await isStillWanted(sync)) return;
  const release = await engine.latest(sync.target);
  if (release === undefined) return;
  const heir = await heirOf(sync);
  if (heir !== '') {
    const message = `release '${sync.releaseName}' in '${sync.targetNamespace}' goes on under HelmRelease ${heir}; nothing is uninstalled`;
    sync.log.log({ info: message });
    await sync.events.record(hr, 'Normal', 'HandedOver', message);
    return;
  }
  const owner = await findOwner(sync.kube, release.manifest, sync.targetNamespace);
  if (owner !== undefined && owner !== antecedentOf(hr)) {
    sync.log.log({
      warning: `release appears to be managed by '${owner}'; it is left alone`,
    });
    return;
  }
  if (!sync.uninstallWithCrd && (await isCrdGoing(sync.ownKube))) {
    sync.log.log({
      warning:
        'the CustomResourceDefinition of HelmReleases is being deleted; the release is left alone',
    });
    return;
  }
  sync.log.log({ info: 'running uninstall', phase: 'uninstall' });
  await sync.timed('uninstall', () =>
    engine.uninstall({ ...sync.target, timeoutMs: sync.timeoutMs }),
  );
}

/** Nothing is uninstalled because of a cache that is wrong. */
async function isStillWanted({ hr, ownKube }: Sync): Promise<boolean> {
  const { apiVersion, kind, metadata } = hr;
  const { namespace, name, uid } = metadata;
  const live = await ownKube.get({ apiVersion, kind, namespace, name });
  return (
    live !== undefined && live.metadata.uid === uid && live.metadata.deletionTimestamp === undefined
  );
}

/** Deleting the CRD deletes every HelmRelease; that is no wish to uninstall everything. */
async function isCrdGoing(kube: KubeReader): Promise<boolean> {
  try {
    const crd = await kube.get({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      name: 'helmreleases.helm.fluxcd.io',
    });
    return crd === undefined || crd.metadata.deletionTimestamp !== undefined;
  } catch (thrown) {
    // An operator confined to a namespace cannot know.
    if (thrown instanceof KubeError && thrown.reason === 'Forbidden') return false;
    throw thrown;
  }
}
