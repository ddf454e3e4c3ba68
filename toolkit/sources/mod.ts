/** Sources: GitRepository, HelmRepository, HelmChart. */
export { sourceVersion } from './dependencies.ts';
export type { SourceDependencies } from './dependencies.ts';
export type { GitAccess } from './git-access.ts';
export { checkOut, resolveTarget, revisionOf } from './git-checkout.ts';
export type { GitReference } from './git-checkout.ts';
export { accessOf, gitRepositoryKind } from './git-repository.ts';
export { helmChartKind } from './helm-chart.ts';
export { helmRepositoryKind } from './helm-repository.ts';
