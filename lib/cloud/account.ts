/** Identities of service accounts: a token that the cluster issues is exchanged at the cloud (fluxcd/pkg auth). */
import { messageOf } from '../runtime/mod.ts';
import type { Clock } from '../runtime/mod.ts';
import { CloudError } from './errors.ts';
import { createKept } from './kept.ts';
import type { Ending, Kept } from './kept.ts';
import type { CloudAccount, CloudOptions, KeptIdentities } from './types.ts';

export type Annotations = Readonly<Record<string, string>>;

export interface Exchange<T extends Ending> {
  /** `aws`, `azure`, `gcp` */
  cloud: string;
  /** For whom the cluster's token is. */
  audienceOf: (annotations: Annotations) => string | Promise<string>;
  /** Whom the account wants to be there; '' for itself. */
  identityOf: (annotations: Annotations) => string;
  /** What else tells one answer from another. */
  about: readonly (string | undefined)[];
  kept: Kept<T>;
  exchange: (token: string, identity: string, annotations: Annotations) => Promise<T>;
}

/** Kept by account, identity and question. @throws CloudError in the original's words */
export async function exchanged<T extends Ending>(
  account: CloudAccount,
  { cloud, audienceOf, identityOf, about, kept, exchange }: Exchange<T>,
): Promise<T> {
  const { namespace, name, prefix } = account;
  const who = `service account '${namespace}/${name}'`;
  const trying = async <R>(what: string, work: () => R | Promise<R>): Promise<R> => {
    try {
      return await work();
    } catch (cause) {
      const reason = cause instanceof CloudError ? cause.reason : 'Failed';
      const message = `${prefix}${what}: ${messageOf(cause)}`;
      throw new CloudError(reason, cloud, message, { cause });
    }
  };
  const annotations = await annotationsOf(account);
  const audience = await trying('failed to get provider audience', () => audienceOf(annotations));
  const identity = await trying(`failed to get provider identity from ${who} annotations`, () =>
    identityOf(annotations),
  );
  const key = JSON.stringify([cloud, audience, identity, namespace, name, ...about]);
  return kept(key, async () => {
    const token = await trying(`failed to create kubernetes token for ${who}`, () =>
      account.issue(audience),
    );
    return trying(`failed to create provider access token for ${who}`, () =>
      exchange(token, identity, annotations),
    );
  });
}

export const createKeptIdentities = (clock: Pick<Clock, 'now'>): KeptIdentities => ({
  keys: createKept(clock),
  tokens: createKept(clock),
  pools: createKept(clock),
});

const identityKeys = [
  'eks.amazonaws.com/role-arn',
  'azure.workload.identity/tenant-id',
  'azure.workload.identity/client-id',
  'iam.gke.io/gcp-service-account',
  'gcp.auth.fluxcd.io/workload-identity-provider',
];

/**
 * Who asks and by which way, for keys of what is kept; '' for the process itself.
 *
 * @throws CloudError when the account cannot be read
 */
export async function askerOf({ account, proxy }: CloudOptions): Promise<string> {
  if (account === undefined) return proxy === undefined ? '' : JSON.stringify([proxy]);
  const { namespace, name } = account;
  const annotations = await annotationsOf(account);
  const identity = identityKeys.map((key) => annotations[key] ?? '');
  return JSON.stringify([namespace, name, identity, proxy ?? '']);
}

/** @throws CloudError */
async function annotationsOf(account: CloudAccount): Promise<Annotations> {
  try {
    return await account.annotations();
  } catch (cause) {
    const { namespace, name, prefix } = account;
    const message = `${prefix}failed to get service account '${namespace}/${name}': ${messageOf(cause)}`;
    throw new CloudError('Failed', name, message, { cause });
  }
}
