/** The clusters that releases go to: ours, ours as another user, or the one of a kubeconfig (spec §3.3). */
import { createHelmEngine } from '../../lib/helm/action/mod.ts';
import { createKubeClient, impersonate, serviceAccountUser } from '../../lib/kube/mod.ts';
import type { KubeClient, KubeConnection } from '../../lib/kube/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { Fields } from '../runtime/mod.ts';
import { ReleaseError } from './errors.ts';
import { readKubeconfig } from './kubeconfig.ts';
import type { Target } from './request.ts';
import type { HelmReleaseSpec } from './spec.ts';

export interface Targets {
  /**
   * @throws ReleaseError `RESTClientError`; KubeError; `undefined` when what it needs does not exist (only when a
   *   release is to be taken away, and there is nothing left to do it with)
   */
  open(spec: HelmReleaseSpec): Promise<Target>;
  /** Whether the Secret and the service account of a release are there. */
  isReachable(spec: HelmReleaseSpec): Promise<boolean>;
  close(): Promise<void>;
}

export interface TargetsOptions {
  kube: KubeClient;
  /** A client of our own cluster whose requests count as another user's. */
  clientAs: (user: string) => KubeClient;
  clock: Clock;
  /** Of releases that name none; '' for none. */
  defaultServiceAccount: string;
  log: (line: string) => void;
}

/** Clients of other users and clusters that are kept open, the ones used last. */
const kept = 64;

export function createTargets(options: TargetsOptions): Targets {
  const { kube, clock, log } = options;
  const targetOf = (client: KubeClient): Target => ({
    kube: client,
    engine: createHelmEngine({ kube: client, clock, log }),
  });
  const own = targetOf(kube);
  const others = new Map<string, Target>();
  const keep = (key: string, make: () => KubeClient): Target => {
    const target = others.get(key) ?? targetOf(make());
    others.delete(key);
    others.set(key, target);
    for (const [old, { kube: client }] of others) {
      if (others.size <= kept) break;
      others.delete(old);
      client.close().catch((thrown: unknown) => {
        log(`closing a client: ${String(thrown)}`);
      });
    }
    return target;
  };
  const userOf = ({ namespace, serviceAccountName }: HelmReleaseSpec) => {
    const account = serviceAccountName || options.defaultServiceAccount;
    return account === '' ? undefined : serviceAccountUser(namespace, account);
  };
  return {
    open: async (spec) => {
      const user = userOf(spec);
      if (spec.kubeConfig === undefined)
        return user === undefined ? own : keep(user, () => options.clientAs(user));
      const { connection, version } = await remoteConnection(kube, spec, spec.kubeConfig);
      return keep(`${version} ${user ?? ''}`, () =>
        createKubeClient({
          connection: user === undefined ? connection : impersonate(connection, user),
        }),
      );
    },
    isReachable: async (spec) => {
      const { namespace, kubeConfig } = spec;
      const account = spec.serviceAccountName || options.defaultServiceAccount;
      const ref =
        kubeConfig !== undefined
          ? { kind: 'Secret', name: kubeConfig.at('secretRef').text('name') ?? '' }
          : { kind: 'ServiceAccount', name: account };
      if (ref.name === '') return true;
      return (await kube.get({ apiVersion: 'v1', namespace, ...ref })) !== undefined;
    },
    close: async () => {
      await Promise.all([...others.values()].map(({ kube: client }) => client.close()));
    },
  };
}

/** @returns the connection, and what tells one version of it from another */
async function remoteConnection(
  kube: KubeClient,
  { namespace }: HelmReleaseSpec,
  kubeConfig: Fields,
): Promise<{ connection: KubeConnection; version: string }> {
  const reference = kubeConfig.at('secretRef');
  const name = reference.text('name');
  if (name === undefined) {
    throw new ReleaseError(
      'RESTClientError',
      namespace,
      'spec.kubeConfig.secretRef must be set: other ways to reach a cluster are not supported yet',
    );
  }
  const where = `${namespace}/${name}`;
  const secret = await kube.get({ apiVersion: 'v1', kind: 'Secret', namespace, name });
  if (secret === undefined) {
    throw new ReleaseError(
      'RESTClientError',
      where,
      `could not get KubeConfig secret '${where}': secrets "${name}" not found`,
    );
  }
  const data = new Fields(secret).textMap('data');
  const key = reference.text('key');
  const keys = key === undefined ? ['value', 'value.yaml'] : [key];
  const encoded = keys.flatMap((each) => data[each] ?? [])[0];
  if (encoded === undefined) {
    throw new ReleaseError(
      'RESTClientError',
      where,
      `KubeConfig secret '${where}' does not contain a '${keys.join("' or '")}' key with data`,
    );
  }
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const { uid = '', resourceVersion = '' } = secret.metadata;
  return { connection: readKubeconfig(text, where), version: `${uid} ${resourceVersion}` };
}
