/** What identities in clouds are made of. */
import type { Clock } from '../runtime/mod.ts';
import type { AssumedKeys } from './aws-sts.ts';
import type { Ending, Kept } from './kept.ts';

/** The process as the clouds' own libraries see it: their variables are theirs here, too. */
export interface CloudOptions {
  clock: Clock;
  env: Readonly<Record<string, string | undefined>>;
  readFile: (path: string) => Promise<string>;
  /** Whose identity it is; absent for the process's own. */
  account?: CloudAccount;
  /** By which token services are asked; may hold credentials. Metadata services are always asked directly. */
  proxy?: string | undefined;
}

/** A service account of a Kubernetes cluster that a cloud trusts. */
export interface CloudAccount {
  namespace: string;
  name: string;
  /** Stands before what goes wrong: `failed to get access token for Git repository: `, or ''. */
  prefix: string;
  /** @throws what says why the account cannot be read */
  annotations: () => Promise<Readonly<Record<string, string>>>;
  /** A token of the account that the cluster issues for the audience. @throws what says why not */
  issue: (audience: string) => Promise<string>;
  kept: KeptIdentities;
}

/** What was had in exchange for tokens of accounts, until it ends. */
export interface KeptIdentities {
  keys: Kept<AssumedKeys>;
  tokens: Kept<CloudToken>;
  /** Of the GKE cluster that the process runs in; they do not change. */
  pools: Kept<WorkloadPool & Ending>;
}

export interface WorkloadPool {
  /** `PROJECT.svc.id.goog` */
  pool: string;
  /** Address of the cluster in Google's API. */
  provider: string;
}

export interface CloudToken {
  token: string;
  /** Milliseconds since 1970, a little before its end. */
  until: number;
}
