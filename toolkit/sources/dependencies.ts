/** What the kinds of sources work with. */
import type { CloudOptions, Kept } from '../../lib/cloud/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { ProviderCredentials } from '../../lib/registry/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import type { ArtifactStore } from '../artifacts/mod.ts';
import type { Caches, CloudIdentities } from '../runtime/mod.ts';
import type { KeptTrustedRoot } from './cosign-root.ts';
import type { KeptGitLogin } from './git-provider.ts';

export interface SourceDependencies {
  kube: KubeClient;
  caches: Caches;
  store: ArtifactStore;
  clock: Clock;
  /** Of the git programs. */
  env: Readonly<Record<string, string | undefined>>;
  /** For checkouts and charts under work; emptied after each. */
  workFolder: string;
  /** The process's own identity with clouds. */
  cloud: CloudOptions;
  /** With clouds, by what objects name. */
  identities: CloudIdentities;
  /** Logins with Git servers by `provider`. */
  gitLogins: Kept<KeptGitLogin>;
  registryCredentials: ProviderCredentials;
  /** Of the public Sigstore. */
  trustedRoots: Kept<KeptTrustedRoot>;
  /** Notes of no consequence to objects. */
  log: (line: string) => void;
  /** How soon something is asked for again that is not there yet, in milliseconds. */
  dependencyMs: number;
  /** Limits, in bytes. */
  limits: { index: number; chart: number };
}

export const sourceVersion = 'source.toolkit.fluxcd.io/v1';
export const sourceController = 'source-controller';
