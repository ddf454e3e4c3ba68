/** Service accounts that ConfigMaps of `kubeConfig` name. */
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { AccountName } from '../runtime/mod.ts';
import type { ClusterError } from './errors.ts';

export interface AccountOptions {
  kube: Pick<KubeClient, 'get'>;
  /** Objects may name service accounts (`ObjectLevelWorkloadIdentity`); otherwise our own is used. */
  mayNameAccount: boolean;
}

/** @throws what `failed` makes of the original's words when there is no such account, or none may be named; KubeError */
export async function checkAccount(
  { kube, mayNameAccount }: AccountOptions,
  { namespace, name }: AccountName,
  failed: (message: string) => ClusterError,
): Promise<void> {
  const what = 'failed to get access token for cluster';
  if ((await kube.get({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name })) === undefined)
    throw failed(
      `${what}: failed to get service account '${namespace}/${name}': ServiceAccount "${name}" not found`,
    );
  if (!mayNameAccount)
    throw failed(`${what}: ObjectLevelWorkloadIdentity feature gate is not enabled`);
}
