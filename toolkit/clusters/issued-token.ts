/** A cluster that a ConfigMap describes, with tokens that our own API server issues for a service account (`kubeConfig.configMapRef`, provider `generic`), or that of a cloud (fluxcd/pkg auth). */
import { createKept } from '../../lib/cloud/mod.ts';
import type { Ending } from '../../lib/cloud/mod.ts';
import type { KubeClient, KubeConnection } from '../../lib/kube/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { Fields, issueToken, ownAccount } from '../runtime/mod.ts';
import type { AccountName } from '../runtime/mod.ts';
import { checkAccount } from './account.ts';
import { addressOf } from './address.ts';
import { cloudConnection, cloudProviders } from './cloud-cluster.ts';
import type { CloudClusterOptions } from './cloud-cluster.ts';
import { ClusterError } from './errors.ts';

export interface IssuerOptions extends CloudClusterOptions {
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
  const { uid = '', resourceVersion = '' } = map.metadata;
  const version = `${uid} ${resourceVersion}`;
  const account = data.text('serviceAccountName') ?? options.defaultAccount;
  const cloud = cloudProviders.find((each) => each === provider);
  if (cloud !== undefined) {
    const connection = await cloudConnection(
      options,
      cloud,
      data,
      { namespace, name: account },
      failed,
    );
    return { version, connection };
  }
  if (provider !== 'generic') throw failed(`provider '${provider}' not implemented`);
  const address = data.text('address') ?? '';
  const given = (data.text('audiences') ?? '').split('\n').map((each) => each.trim());
  const audiences = given.some((each) => each !== '') ? given.filter(Boolean) : [address];
  const issue = createIssuer(options, audiences, { namespace, name: account }, failed);
  await issue();
  const server = addressOf(address, failed);
  return {
    version,
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
  const { kube, clock, readFile } = options;
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
      await checkAccount(options, named, failed);
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
