/** Clusters of Google (GKE): an access token of Google is a token of theirs. */
import { isRecord } from '../runtime/mod.ts';
import { googleToken } from './google.ts';
import { getJson } from './http-json.ts';
import { completed, isGiven, partsOf } from './managed-cluster.ts';
import type { ClusterAccess, ManagedCluster } from './managed-cluster.ts';
import type { CloudOptions } from './types.ts';

const pattern = '^projects/[^/]{1,200}/locations/[^/]{1,200}/clusters/[^/]{1,200}$';

/** @param cluster its resource is `projects/P/locations/L/clusters/C`; only needed when the cloud is asked @throws Error */
export function gkeAccess(cluster: ManagedCluster, options: CloudOptions): ClusterAccess {
  if (!isGiven(cluster)) partsOf(cluster.resource, 'GKE cluster ID', pattern);
  return {
    where: async () => {
      if (isGiven(cluster)) return cluster;
      const { token } = await googleToken(options);
      const base =
        options.env['CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER'] ??
        'https://container.googleapis.com/';
      const path = cluster.resource.split('/').map(encodeURIComponent).join('/');
      const answer = await getJson(
        `${base.replace(/\/+$/, '')}/v1/${path}`,
        { headers: { authorization: `Bearer ${token}` } },
        'GKE',
        options.proxy,
      );
      const auth = isRecord(answer['masterAuth']) ? answer['masterAuth'] : {};
      const said = { endpoint: answer['endpoint'], authority: auth['clusterCaCertificate'] };
      return completed(cluster, said, 'google', 'GKE');
    },
    token: () => googleToken(options),
  };
}
