/** Kubernetes clusters that clouds run: where they are, and what they take as proof of who asks (fluxcd/pkg auth). */
import type { CloudToken } from './types.ts';

export interface ManagedCluster {
  /** As the cloud calls the cluster. */
  resource: string;
  /** Where its API server is; '' to ask the cloud. */
  address: string;
  /** In PEM; '' to ask the cloud. */
  ca: string;
}

export interface Whereabouts {
  address: string;
  ca: string;
}

export interface ClusterAccess {
  /** Asks the cloud for what is not given. @throws CloudError */
  where: () => Promise<Whereabouts>;
  /** For its API server. @throws CloudError */
  token: () => Promise<CloudToken>;
}

/**
 * @param what the resource is, for messages: `EKS cluster ARN`
 * @throws Error when it is none
 */
export function partsOf(resource: string, what: string, pattern: string, flags = ''): string[] {
  const match = new RegExp(pattern, flags).exec(resource);
  if (match !== null) return match.slice(1);
  throw new Error(`invalid ${what}: '${resource}'. must match ${pattern}`);
}

/** From base64, as clouds give it. */
export const pemOf = (text: string | undefined): string =>
  Buffer.from(text ?? '', 'base64').toString('utf8');
