/** `--finalizer`: a HelmRelease waits with its end until its release is gone, even when the operator is away. */
import { KubeError } from '../../lib/kube/mod.ts';
import type { KubeWriter } from '../../lib/kube/mod.ts';
import type { HelmRelease } from '../../lib/objects/mod.ts';

const finalizer = 'helm.fluxcd.io/uninstall';

export const hasFinalizer = ({ metadata }: HelmRelease): boolean =>
  metadata.finalizers?.includes(finalizer) === true;

export const isEnding = ({ metadata }: HelmRelease): boolean =>
  metadata.deletionTimestamp !== undefined;

export async function addFinalizer(kube: KubeWriter, hr: HelmRelease): Promise<void> {
  await writeFinalizers(kube, hr, [...(hr.metadata.finalizers ?? []), finalizer]);
}

export async function dropFinalizer(kube: KubeWriter, hr: HelmRelease): Promise<void> {
  try {
    const others = (hr.metadata.finalizers ?? []).filter((name) => name !== finalizer);
    await writeFinalizers(kube, hr, others);
  } catch (thrown) {
    if (!(thrown instanceof KubeError && thrown.reason === 'NotFound')) throw thrown;
  }
}

async function writeFinalizers(
  kube: KubeWriter,
  { apiVersion, kind, metadata }: HelmRelease,
  finalizers: readonly string[],
): Promise<void> {
  const { namespace, name, uid } = metadata;
  const ref = { apiVersion, kind, namespace, name };
  // The uid keeps a namesake, made since, out of it.
  await kube.patch(ref, 'merge', { metadata: { uid, finalizers } });
}
