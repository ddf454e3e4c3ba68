/** Clients for the clusters and users that objects name (spec §3.3). */
import { createKept } from '../../lib/cloud/mod.ts';
import { createKubeClient, impersonate, serviceAccountUser } from '../../lib/kube/mod.ts';
import type { KubeClient, KubeConnection } from '../../lib/kube/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { ClusterError } from './errors.ts';
import { issuedConnection } from './issued-token.ts';
import type { IssuerOptions } from './issued-token.ts';
import { readKubeconfig } from './kubeconfig.ts';

/** What an object says of where it goes. */
export interface Destination {
  namespace: string;
  /** '' for the default one. */
  serviceAccountName: string;
  kubeConfig: Fields | undefined;
}

export interface Clusters {
  /** @throws ClusterError; KubeError */
  open(destination: Destination): Promise<KubeClient>;
  /** Whether the Secret, the ConfigMap or the service account that it takes is there. */
  isReachable(destination: Destination): Promise<boolean>;
  close(): Promise<void>;
}

export interface ClustersOptions {
  kube: KubeClient;
  /** A client of our own cluster whose requests count as another user's. */
  clientAs: (user: string) => KubeClient;
  /** Of objects that name none; '' for none. */
  defaultServiceAccount: string;
  /** For tokens that clusters are reached with. */
  issuer: Omit<IssuerOptions, 'kube' | 'keptPlaces'>;
  log: (line: string) => void;
}

/** Clients of other users and clusters that are kept open, the ones used last. */
const kept = 64;

export function createClusters(options: ClustersOptions): Clusters {
  const { kube, log } = options;
  const others = new Map<string, KubeClient>();
  const keptPlaces: IssuerOptions['keptPlaces'] = createKept(options.issuer.clock);
  const keep = (key: string, make: () => KubeClient): KubeClient => {
    const client = others.get(key) ?? make();
    others.delete(key);
    others.set(key, client);
    for (const [old, unused] of others) {
      if (others.size <= kept) break;
      others.delete(old);
      unused.close().catch((thrown: unknown) => {
        log(`closing a client: ${String(thrown)}`);
      });
    }
    return client;
  };
  const accountOf = ({ serviceAccountName }: Destination) =>
    serviceAccountName || options.defaultServiceAccount;
  const userOf = (destination: Destination) => {
    const account = accountOf(destination);
    return account === '' ? undefined : serviceAccountUser(destination.namespace, account);
  };
  return {
    open: async (destination) => {
      const user = userOf(destination);
      const { kubeConfig } = destination;
      if (kubeConfig === undefined)
        return user === undefined ? kube : keep(user, () => options.clientAs(user));
      const { connection, version } = await remoteConnection(
        { ...options, keptPlaces },
        destination,
        kubeConfig,
      );
      return keep(`${version} ${user ?? ''}`, () =>
        createKubeClient({
          connection: user === undefined ? connection : impersonate(connection, user),
        }),
      );
    },
    isReachable: async (destination) => {
      const { namespace, kubeConfig } = destination;
      const named = (kind: string, field: string) => ({
        kind,
        name: kubeConfig?.at(field).text('name') ?? '',
      });
      const ref =
        kubeConfig === undefined
          ? { kind: 'ServiceAccount', name: accountOf(destination) }
          : kubeConfig.has('configMapRef')
            ? named('ConfigMap', 'configMapRef')
            : named('Secret', 'secretRef');
      if (ref.name === '') return true;
      return (await kube.get({ apiVersion: 'v1', namespace, ...ref })) !== undefined;
    },
    close: async () => {
      await Promise.all([...others.values()].map((client) => client.close()));
    },
  };
}

/** @returns the connection, and what tells one version of it from another */
async function remoteConnection(
  { kube, issuer, keptPlaces }: ClustersOptions & Pick<IssuerOptions, 'keptPlaces'>,
  { namespace }: Destination,
  kubeConfig: Fields,
): Promise<{ connection: KubeConnection; version: string }> {
  const map = kubeConfig.at('configMapRef').text('name');
  const reference = kubeConfig.at('secretRef');
  const name = reference.text('name');
  if (map !== undefined && name === undefined)
    return issuedConnection({ kube, ...issuer, keptPlaces }, namespace, map);
  if (name === undefined || map !== undefined) {
    throw new ClusterError(
      namespace,
      'exactly one of .spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be set',
    );
  }
  const where = `${namespace}/${name}`;
  const secret = await kube.get({ apiVersion: 'v1', kind: 'Secret', namespace, name });
  if (secret === undefined) {
    throw new ClusterError(
      where,
      `could not get KubeConfig secret '${where}': secrets "${name}" not found`,
    );
  }
  const data = new Fields(secret).textMap('data');
  const key = reference.text('key');
  const keys = key === undefined ? ['value', 'value.yaml'] : [key];
  const encoded = keys.flatMap((each) => data[each] ?? [])[0];
  if (encoded === undefined) {
    throw new ClusterError(
      where,
      `KubeConfig secret '${where}' does not contain a '${keys.join("' or '")}' key with data`,
    );
  }
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const { uid = '', resourceVersion = '' } = secret.metadata;
  return { connection: readKubeconfig(text, where), version: `${uid} ${resourceVersion}` };
}
