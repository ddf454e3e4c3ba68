/** Where each call of fluxd's HTTP API lives (spec flux-v1 §8.2). */

/** Everything below is served under this prefix. */
export const apiBase = '/api/flux';

export const apiPaths = {
  ping: '/v11/ping',
  version: '/v11/version',
  notify: '/v11/notify',
  listServices: '/v6/services',
  listServicesWithOptions: '/v11/services',
  listImages: '/v6/images',
  listImagesWithOptions: '/v10/images',
  updateManifests: '/v9/update-manifests',
  jobStatus: '/v6/jobs',
  syncStatus: '/v6/sync',
  export: '/v6/export',
  gitRepoConfig: '/v9/git-repo-config',
  identity: '/v6/identity.pub',
  /** For old clients. */
  updateImages: '/v6/update-images',
  updatePolicies: '/v6/policies',
} as const;

/** Error body of every call that fails. */
export interface ApiErrorBody {
  type: 'server' | 'missing' | 'user';
  /** Text for people. */
  help: string;
  error: string;
}
