/** Clusters of Azure (AKS) with Entra ID: a token for the server application of all of them. */
import { isRecord } from '../runtime/mod.ts';
import { azureToken } from './azure.ts';
import { CloudError } from './errors.ts';
import { getJson, parseObject, textOf } from './http-json.ts';
import { isGiven, partsOf } from './managed-cluster.ts';
import type { ClusterAccess, ManagedCluster, Whereabouts } from './managed-cluster.ts';
import type { CloudOptions } from './types.ts';

const pattern =
  '^/subscriptions/([^/]{36})/resourceGroups/([^/]{1,200})/providers/Microsoft\\.ContainerService/managedClusters/([^/]{1,200})$';

/** What all clusters are called in Entra ID. */
const serverScope = '6dae42f8-4368-4678-94ff-3960e28e3630/.default';
const apiVersion = '2024-08-01';

/**
 * @param cluster its resource is the ID in Azure; only needed when the cloud is asked
 * @param readKubeconfig where a kubeconfig leads to
 * @param sameAddress whether two addresses are one
 * @throws Error
 */
export function aksAccess(
  cluster: ManagedCluster,
  options: CloudOptions,
  readKubeconfig: (text: string) => Whereabouts,
  sameAddress: (a: string, b: string) => boolean,
): ClusterAccess {
  if (!isGiven(cluster)) partsOf(cluster.resource, 'AKS cluster ID', pattern, 'i');
  return {
    where: async () => {
      if (isGiven(cluster)) return cluster;
      const all = (await kubeconfigsOf(cluster.resource, options)).map(readKubeconfig);
      const found = all.find(
        ({ address }) => cluster.address === '' || sameAddress(address, cluster.address),
      );
      if (found !== undefined)
        return { address: cluster.address || found.address, ca: cluster.ca || found.ca };
      const addresses = all.map(({ address }) => `'${address}'`).join(', ');
      const wanted =
        cluster.address === ''
          ? ''
          : ` matching the specified address '${cluster.address}'. cluster addresses: [${addresses}]`;
      throw failed(`no kubeconfig found for AKS cluster ${cluster.resource}${wanted}`);
    },
    token: () => azureToken(serverScope, options),
  };
}

const failed = (message: string) => new CloudError('Failed', 'azure', message);

async function kubeconfigsOf(resource: string, options: CloudOptions): Promise<string[]> {
  const { endpoint, audience } = await managementOf(options);
  const { token } = await azureToken(`${audience.replace(/\/+$/, '')}/.default`, options);
  const headers = { authorization: `Bearer ${token}` };
  const ask = (method: string, more: string) =>
    getJson(
      `${endpoint.replace(/\/+$/, '')}${resource.split('/').map(encodeURIComponent).join('/')}${more}?api-version=${apiVersion}`,
      { method, headers },
      'AKS',
      options.proxy,
    );
  const { properties } = await ask('GET', '');
  if (!isRecord(properties) || !isRecord(properties['aadProfile']))
    throw failed(
      `AKS cluster ${resource} does not have Microsoft Entra ID integration enabled. See docs for enabling: https://learn.microsoft.com/en-us/azure/aks/enable-authentication-microsoft-entra-id`,
    );
  const { kubeconfigs } = await ask('POST', '/listClusterUserCredential');
  return (Array.isArray(kubeconfigs) ? kubeconfigs : []).filter(isRecord).flatMap((each) => {
    const value = textOf(each['value']);
    return value === undefined ? [] : [Buffer.from(value, 'base64').toString('utf8')];
  });
}

interface Management {
  endpoint: string;
  audience: string;
}

/** Of the cloud that the process is in: by `AZURE_ENVIRONMENT_FILEPATH`, else by the authority. */
async function managementOf({ env, readFile }: CloudOptions): Promise<Management> {
  const file = env['AZURE_ENVIRONMENT_FILEPATH'];
  if (file) {
    const fields = parseObject(await readFile(file)) ?? {};
    const endpoint = textOf(fields['resourceManagerEndpoint']);
    if (endpoint === undefined) throw failed(`${file} has no resourceManagerEndpoint`);
    return { endpoint, audience: textOf(fields['tokenAudience']) ?? endpoint };
  }
  const authority = env['AZURE_AUTHORITY_HOST'] ?? '';
  const host = authority.includes('chinacloudapi.cn')
    ? 'management.chinacloudapi.cn'
    : authority.includes('microsoftonline.us')
      ? 'management.usgovcloudapi.net'
      : 'management.azure.com';
  return { endpoint: `https://${host}`, audience: `https://${host}` };
}
