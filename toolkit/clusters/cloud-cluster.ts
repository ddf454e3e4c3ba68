/** A cluster that a cloud runs, reached by an identity in that cloud (`kubeConfig.configMapRef`, providers `aws`, `azure`, `gcp`; fluxcd/pkg auth). */
import { aksAccess, createKept, eksAccess, gkeAccess } from '../../lib/cloud/mod.ts';
import type {
  ClusterAccess,
  CloudOptions,
  CloudToken,
  Ending,
  Kept,
  ManagedCluster,
  Whereabouts,
} from '../../lib/cloud/mod.ts';
import { parseYaml } from '../../lib/helm/yaml/mod.ts';
import type { KubeConnection } from '../../lib/kube/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import type { AccountName, Fields } from '../runtime/mod.ts';
import { checkAccount } from './account.ts';
import type { AccountOptions } from './account.ts';
import { addressOf } from './address.ts';
import type { ClusterError } from './errors.ts';

export const cloudProviders = ['aws', 'azure', 'gcp'] as const;
export type CloudProvider = (typeof cloudProviders)[number];

/** Where a cluster is changes seldom. */
const keptForMs = 15 * 60_000;

export interface CloudClusterOptions extends AccountOptions {
  clock: Pick<Clock, 'now'>;
  /** Where clusters are, as clouds have said. */
  keptPlaces: Kept<Whereabouts & Ending>;
  /** '' of `name` for the process's own identity. */
  cloudOf: (account: AccountName) => CloudOptions;
}

/**
 * Asks the cloud for what the ConfigMap does not say, and for the first token; further ones are had as they end.
 *
 * @param data of the ConfigMap
 * @throws what `failed` makes of messages of the original
 */
export async function cloudConnection(
  options: CloudClusterOptions,
  provider: CloudProvider,
  data: Fields,
  account: AccountName,
  failed: (message: string) => ClusterError,
): Promise<KubeConnection> {
  const cluster: ManagedCluster = {
    resource: data.text('cluster') ?? '',
    address: data.text('address') ?? '',
    ca: data.text('ca.crt') ?? '',
  };
  if (account.name !== '') await checkAccount(options, account, failed);
  // Anew for each question: the account may have changed since.
  const access = () => accessOf[provider](cluster, options.cloudOf(account));
  const kept = createKept<CloudToken>(options.clock);
  const token = async () => (await kept('', () => access().token())).token;
  const trying = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      throw failed(`${what}: ${messageOf(cause)}`);
    }
  };
  await trying('failed to get access token for cluster', token);
  const { address, ca } = await trying(
    `failed to describe ${names[provider]} cluster '${cluster.resource}'`,
    () =>
      options.keptPlaces(placeKey(provider, cluster, account), () => placeOf(access(), options)),
  );
  return {
    server: addressOf(address, failed),
    ca,
    insecure: false,
    namespace: undefined,
    headers: async () => ({ authorization: `Bearer ${await token()}` }),
  };
}

const placeKey = (provider: string, cluster: ManagedCluster, account: AccountName) =>
  JSON.stringify([provider, cluster, account]);

const placeOf = async (
  access: ClusterAccess,
  { clock }: CloudClusterOptions,
): Promise<Whereabouts & Ending> => ({
  ...(await access.where()),
  until: clock.now().getTime() + keptForMs,
});

const names: Readonly<Record<CloudProvider, string>> = { aws: 'EKS', azure: 'AKS', gcp: 'GKE' };

const accessOf: Readonly<
  Record<CloudProvider, (cluster: ManagedCluster, cloud: CloudOptions) => ClusterAccess>
> = {
  aws: eksAccess,
  gcp: gkeAccess,
  azure: (cluster, cloud) => aksAccess(cluster, cloud, whereaboutsIn, isSame),
};

/** Of kubeconfigs that Azure writes only the place counts: they run a program for the token. */
function whereaboutsIn(text: string): Whereabouts {
  const config = parseYaml(text);
  const [first] = config instanceof Map ? listOf(config.get('clusters')) : [];
  const cluster = first instanceof Map ? first.get('cluster') : undefined;
  const at = (key: string) => {
    const value = cluster instanceof Map ? cluster.get(key) : undefined;
    return typeof value === 'string' ? value : '';
  };
  const ca = Buffer.from(at('certificate-authority-data'), 'base64').toString('utf8');
  return { address: at('server'), ca };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function isSame(a: string, b: string): boolean {
  const canonical = (address: string) => addressOf(address, (message) => new Error(message));
  return canonical(a) === canonical(b);
}
