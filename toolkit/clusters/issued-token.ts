/** A cluster by its address, with tokens that our own API server issues for a service account (`kubeConfig.configMapRef`, provider `generic`; fluxcd/pkg auth). */
import { createKept } from '../../lib/cloud/mod.ts';
import type { Ending } from '../../lib/cloud/mod.ts';
import type { KubeClient, KubeConnection } from '../../lib/kube/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { Fields, issueToken, ownAccount } from '../runtime/mod.ts';
import type { AccountName } from '../runtime/mod.ts';
import { ClusterError } from './errors.ts';

export interface IssuerOptions {
  kube: Pick<KubeClient, 'get' | 'raw'>;
  clock: Pick<Clock, 'now'>;
  readFile: (path: string) => Promise<string>;
  /** Objects may name service accounts (`ObjectLevelWorkloadIdentity`); otherwise our own is used. */
  mayNameAccount: boolean;
  /** Whose token it is when the ConfigMap does not say; '' for our own, which tenants must not get. */
  defaultAccount: string;
}

/** A token is asked for anew this long before it ends. */
const marginMs = 60_000;

/**
 * The connection that a ConfigMap describes. The first token is issued here, further ones as they end.
 *
 * @returns the connection, and what tells one version of it from another
 * @throws ClusterError with the message of the original
 */
export async function issuedConnection(
  options: IssuerOptions,
  namespace: string,
  name: string,
): Promise<{ connection: KubeConnection; version: string }> {
  const where = `${namespace}/${name}`;
  const failed = (message: string) => new ClusterError(where, message);
  const map = await options.kube.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
  if (map === undefined)
    throw failed(`failed to get configmap ${where}: configmaps "${name}" not found`);
  const data = new Fields(map).at('data');
  const provider = data.text('provider') ?? '';
  if (provider !== 'generic') {
    const isCloud = ['aws', 'azure', 'gcp'].includes(provider);
    throw failed(`provider '${provider}' ${isCloud ? 'is not supported yet' : 'not implemented'}`);
  }
  const address = data.text('address') ?? '';
  const given = (data.text('audiences') ?? '').split('\n').map((each) => each.trim());
  const audiences = given.some((each) => each !== '') ? given.filter(Boolean) : [address];
  const account = data.text('serviceAccountName') ?? options.defaultAccount;
  const issue = createIssuer(options, audiences, { namespace, name: account }, failed);
  await issue();
  const server = serverOf(address, failed);
  const { uid = '', resourceVersion = '' } = map.metadata;
  return {
    version: `${uid} ${resourceVersion}`,
    connection: {
      server,
      ca: data.text('ca.crt'),
      insecure: false,
      namespace: undefined,
      headers: async () => ({ authorization: `Bearer ${await issue()}` }),
    },
  };
}

/** @returns what answers with a token that is still good */
function createIssuer(
  options: IssuerOptions,
  audiences: readonly string[],
  named: AccountName,
  failed: (message: string) => ClusterError,
): () => Promise<string> {
  const { kube, clock, mayNameAccount, readFile } = options;
  const kept = createKept<Ending & { token: string }>(clock);
  const issue = async () => {
    const isOwn = named.name === '';
    const what = 'failed to get access token for cluster';
    let account: AccountName;
    if (isOwn) {
      try {
        account = await ownAccount(readFile);
      } catch (cause) {
        throw failed(
          `${what}: failed to create provider access token for the controller: ${messageOf(cause)}`,
        );
      }
    } else {
      const { namespace, name } = named;
      const ref = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name };
      if ((await kube.get(ref)) === undefined) {
        throw failed(
          `${what}: failed to get service account '${namespace}/${name}': ServiceAccount "${name}" not found`,
        );
      }
      if (!mayNameAccount)
        throw failed(`${what}: ObjectLevelWorkloadIdentity feature gate is not enabled`);
      account = named;
    }
    const shown = `${isOwn ? 'controller ' : ''}service account '${account.namespace}/${account.name}'`;
    try {
      const { token, endsAt } = await issueToken(kube, account, audiences);
      return { token, until: endsAt - marginMs };
    } catch (cause) {
      const own = isOwn ? 'failed to create provider access token for the controller: ' : '';
      throw failed(
        `${what}: ${own}failed to create kubernetes token for ${shown}: ${messageOf(cause)}`,
      );
    }
  };
  return async () => (await kept('', issue)).token;
}

/** `https://host:port` in lower case. */
function serverOf(address: string, failed: (message: string) => ClusterError): string {
  if (address === '') throw failed('cluster address is required to create a REST config');
  const fail = (why: string) => failed(`failed to parse cluster address ${address}: ${why}`);
  let url: URL;
  try {
    url = new URL(address.startsWith('http') ? address : `https://${address}`);
  } catch {
    throw fail(`failed to parse Kubernetes API server address '${address}'`);
  }
  if (url.protocol !== 'https:')
    throw fail(`the Kubernetes API server address '${address}' must use https scheme`);
  return `https://${url.hostname}:${url.port === '' ? '443' : url.port}`;
}
