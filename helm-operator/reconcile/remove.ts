/** Uninstalls what a deleted HelmRelease had released (spec helm-operator §6.8). */
import { safeMessage } from '../errors.ts';
import { antecedentOf, findOwner } from './antecedent.ts';
import type { Sync } from './sync.ts';

/** @returns false when it failed */
export async function removeRelease(sync: Sync): Promise<boolean> {
  const { hr, kube, engine, metrics } = sync;
  metrics.setConditions(sync, undefined);
  try {
    // Nothing is uninstalled because of a cache that is wrong.
    const { apiVersion, kind, metadata } = hr;
    const { namespace, name, uid } = metadata;
    const live = await kube.get({ apiVersion, kind, namespace, name });
    if (live !== undefined && live.metadata.uid === uid) return true;
    const release = await engine.latest(sync.target);
    if (release === undefined) return true;
    const owner = await findOwner(kube, release.manifest, sync.targetNamespace);
    if (owner !== undefined && owner !== antecedentOf(hr)) {
      sync.log.log({
        warning: `release appears to be managed by '${owner}'; it is left alone`,
      });
      return true;
    }
    sync.log.log({ info: 'running uninstall', phase: 'uninstall' });
    await sync.timed('uninstall', () =>
      engine.uninstall({ ...sync.target, timeoutMs: sync.timeoutMs }),
    );
    return true;
  } catch (thrown) {
    sync.log.log({ warning: `uninstall failed: ${safeMessage(thrown)}` });
    return false;
  }
}
