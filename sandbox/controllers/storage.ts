/** PersistentVolumeClaims: each gets a volume of its own at once. */
import type { KubeObject } from '../../lib/objects/mod.ts';
import { recordEvent, writeStatus } from './context.ts';
import type { ControllerContext } from './context.ts';
import { isDeleting, nameOf, objectAt, textAt, textsAt } from './fields.ts';

export function reconcileClaim(claim: KubeObject, context: ControllerContext): number | undefined {
  const { cluster } = context;
  if (isDeleting(claim) || textAt(claim, 'status', 'phase') === 'Bound') return undefined;
  const volumeName =
    textAt(claim, 'spec', 'volumeName') ?? `pvc-${claim.metadata.uid ?? nameOf(claim)}`;
  const capacity = objectAt(claim, 'spec', 'resources', 'requests');
  const accessModes = textsAt(claim, 'spec', 'accessModes');
  const claimRef = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    namespace: claim.metadata.namespace,
    name: nameOf(claim),
    uid: claim.metadata.uid,
  };
  if (cluster.get({ apiVersion: 'v1', kind: 'PersistentVolume', name: volumeName }) === undefined) {
    const volume = cluster.create({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: volumeName },
      spec: {
        accessModes,
        capacity,
        claimRef,
        hostPath: { path: `/sandbox/volumes/${volumeName}`, type: '' },
        persistentVolumeReclaimPolicy: 'Delete',
        ...(textAt(claim, 'spec', 'storageClassName') === undefined
          ? {}
          : { storageClassName: textAt(claim, 'spec', 'storageClassName') }),
      },
    });
    writeStatus(cluster, volume, { phase: 'Bound' });
    const message = `Successfully provisioned volume ${volumeName}`;
    recordEvent(context, claim, {
      type: 'Normal',
      reason: 'ProvisioningSucceeded',
      message,
      component: 'persistentvolume-controller',
    });
  }
  if (textAt(claim, 'spec', 'volumeName') === undefined) {
    cluster.update({ ...claim, spec: { ...objectAt(claim, 'spec'), volumeName } });
    return 0;
  }
  writeStatus(cluster, claim, { phase: 'Bound', accessModes, capacity });
  return undefined;
}
