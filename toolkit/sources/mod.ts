/** Sources: GitRepository, OCIRepository, Bucket, HelmRepository, HelmChart. */
export { bucketKind } from './bucket.ts';
export type { KeptTrustedRoot } from './cosign-root.ts';
export { sourceVersion } from './dependencies.ts';
export type { SourceDependencies } from './dependencies.ts';
export type { GitAccess } from './git-access.ts';
export { checkOut, resolveTarget, revisionOf } from './git-checkout.ts';
export type { GitReference } from './git-checkout.ts';
export type { KeptGitLogin } from './git-provider.ts';
export { accessOf, gitRepositoryKind } from './git-repository.ts';
export type { GitDependencies } from './git-repository.ts';
export { helmChartKind } from './helm-chart.ts';
export { helmRepositoryKind } from './helm-repository.ts';
export { inFolder } from './kind.ts';
export { ociRepositoryKind } from './oci-repository.ts';
