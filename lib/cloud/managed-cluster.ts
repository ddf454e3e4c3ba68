/** Kubernetes clusters that clouds run: where they are, and what they take as proof of who asks (fluxcd/pkg auth). */
import { CloudError } from './errors.ts';
import { textOf } from './http-json.ts';
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

/** Whether the cloud need not be asked. */
export const isGiven = ({ address, ca }: Whereabouts): boolean => address !== '' && ca !== '';

/**
 * What is given goes first; the rest is what the cloud has said, the certificate in base64.
 *
 * @param service `EKS`
 * @throws CloudError when something is missing still
 */
export function completed(
  given: ManagedCluster,
  said: { endpoint: unknown; authority: unknown },
  cloud: string,
  service: string,
): Whereabouts {
  const address = given.address || (textOf(said.endpoint) ?? '');
  const ca = given.ca || pemOf(textOf(said.authority));
  if (isGiven({ address, ca })) return { address, ca };
  throw new CloudError('Failed', cloud, `${service} does not say where '${given.resource}' is`);
}

const pemOf = (text: string | undefined): string =>
  Buffer.from(text ?? '', 'base64').toString('utf8');
