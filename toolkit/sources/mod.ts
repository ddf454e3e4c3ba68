/** Sources: GitRepository, HelmRepository, HelmChart. */
export { sourceVersion } from './dependencies.ts';
export type { SourceDependencies } from './dependencies.ts';
export { gitRepositoryKind } from './git-repository.ts';
export { helmChartKind } from './helm-chart.ts';
export { helmRepositoryKind } from './helm-repository.ts';
