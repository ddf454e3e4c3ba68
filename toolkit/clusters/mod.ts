/** The clusters that objects are applied to: ours, ours as another user, or the one of a kubeconfig. */
export { createClusters } from './clusters.ts';
export type { Clusters, Destination } from './clusters.ts';
export { ClusterError } from './errors.ts';
