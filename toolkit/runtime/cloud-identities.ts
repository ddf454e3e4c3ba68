/** Who asks a cloud: the process itself, or a service account that an object names (`ObjectLevelWorkloadIdentity`). */
import { createKeptIdentities } from '../../lib/cloud/mod.ts';
import type { CloudOptions } from '../../lib/cloud/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import { Fields } from './fields.ts';
import { issueToken } from './token-request.ts';

export interface CloudIdentities {
  /** Objects may name service accounts; otherwise they are refused, with `accountNeedsGate`. */
  mayNameAccount: boolean;
  /** Nothing is read or asked before a token is wanted. */
  of: (asked: AskedIdentity) => CloudOptions;
}

export interface AskedIdentity {
  namespace: string;
  /** What the object names. */
  account: string | undefined;
  /** For token services; may hold credentials. */
  proxy?: string | undefined;
  /** Stands before what goes wrong with the account, as in the original: `failed to get token: `. */
  prefix?: string;
}

export interface CloudIdentityOptions {
  kube: Pick<KubeClient, 'get' | 'raw'>;
  /** The process's own. */
  cloud: CloudOptions;
  mayNameAccount: boolean;
  /** In the namespace of objects that name none; '' for the process itself, which tenants must not get. */
  defaultAccount: string;
}

const noDefault =
  'the specified default service account does not exist in the object namespace. your cluster is subject to multi-tenant workload identity lockdown, reach out to your cluster administrator for help';

export function createCloudIdentities({
  kube,
  cloud,
  mayNameAccount,
  defaultAccount,
}: CloudIdentityOptions): CloudIdentities {
  const kept = createKeptIdentities(cloud.clock);
  const usual = mayNameAccount ? defaultAccount : '';
  return {
    mayNameAccount,
    of: ({ namespace, account, proxy, prefix = '' }) => {
      const name = account ?? usual;
      const way = proxy === undefined ? cloud : { ...cloud, proxy };
      if (name === '') return way;
      const annotations = async () => {
        const ref = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name };
        const found = await kube.get(ref);
        if (found !== undefined) return new Fields(found).at('metadata').textMap('annotations');
        throw new Error(account === undefined ? noDefault : `ServiceAccount "${name}" not found`);
      };
      // Read once for each use: what is asked with it sees one state of the account.
      let read: ReturnType<typeof annotations> | undefined;
      return {
        ...way,
        account: {
          namespace,
          name,
          prefix,
          annotations: () => (read ??= annotations()),
          issue: async (audience) =>
            (await issueToken(kube, { namespace, name }, [audience])).token,
          kept,
        },
      };
    },
  };
}
