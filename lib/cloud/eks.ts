/** Clusters of AWS (EKS): their address, and a signed question to STS as a token. */
import { awsKeys } from './aws.ts';
import { presignAws, signAws } from './aws-signature.ts';
import { endpointOf } from './aws-sts.ts';
import { getJson } from './http-json.ts';
import { completed, isGiven, partsOf } from './managed-cluster.ts';
import type { ClusterAccess, ManagedCluster, Whereabouts } from './managed-cluster.ts';
import type { CloudOptions } from './types.ts';
import { isRecord } from '../runtime/mod.ts';

const pattern = '^arn:aws[\\w-]*:eks:([^:]{1,100}):[0-9]{1,30}:cluster/(.{1,200})$';

/** A token is good for a quarter of an hour, whatever its address says; it is made anew a minute before. */
const lastsMs = 14 * 60_000;
const signedForSeconds = 900;

/** @param cluster its resource is an ARN, which is needed in any case: it has the region @throws Error */
export function eksAccess(cluster: ManagedCluster, options: CloudOptions): ClusterAccess {
  const [region = '', name = ''] = partsOf(cluster.resource, 'EKS cluster ARN', pattern);
  return {
    where: async () =>
      isGiven(cluster) ? cluster : found(cluster, await describe(region, name, options)),
    token: async () => {
      const keys = await awsKeys(region, options);
      const at = options.clock.now();
      const url = new URL('/', endpointOf('sts', region, options.env));
      url.search = `?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=${signedForSeconds}`;
      const headers = { 'x-k8s-aws-id': name };
      const signed = presignAws({ method: 'GET', keys, region, service: 'sts', url, headers, at });
      const token = `k8s-aws-v1.${Buffer.from(signed.href).toString('base64url')}`;
      return { token, until: at.getTime() + lastsMs };
    },
  };
}

function found(given: ManagedCluster, answer: Readonly<Record<string, unknown>>): Whereabouts {
  const described = isRecord(answer['cluster']) ? answer['cluster'] : {};
  const authority = isRecord(described['certificateAuthority'])
    ? described['certificateAuthority']
    : {};
  const said = { endpoint: described['endpoint'], authority: authority['data'] };
  return completed(given, said, 'aws', 'EKS');
}

async function describe(
  region: string,
  name: string,
  options: CloudOptions,
): Promise<Record<string, unknown>> {
  const keys = await awsKeys(region, options);
  const base = endpointOf('eks', region, options.env);
  const url = new URL(`/clusters/${encodeURIComponent(name)}`, base);
  const at = options.clock.now();
  const method = 'GET';
  const asked = { method, keys, region, service: 'eks', url, headers: {}, body: '', at };
  return getJson(url.href, { method, headers: signAws(asked) }, 'EKS', options.proxy);
}
