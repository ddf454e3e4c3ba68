/** What the kinds of image automation work with. */
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { ProviderCredentials } from '../../lib/registry/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import type { Caches } from '../runtime/mod.ts';
import type { GitDependencies } from '../sources/mod.ts';
import type { TagStore } from './tags.ts';

export interface ImageDependencies extends GitDependencies {
  kube: KubeClient;
  caches: Caches;
  clock: Clock;
  tags: TagStore;
  /** For `provider`: of the process's own identity with clouds. */
  registryCredentials: ProviderCredentials;
  /** For checkouts under work; emptied after each. */
  workFolder: string;
  /** How soon something is asked for again that is not there yet, in milliseconds. */
  dependencyMs: number;
  /** Objects may refer to those of other namespaces. */
  crossNamespace: boolean;
}

export const imageVersion = 'image.toolkit.fluxcd.io/v1';
export const reflectorController = 'image-reflector-controller';
export const automationController = 'image-automation-controller';
