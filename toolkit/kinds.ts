/** Every kind that is served. */
import { helmReleaseKind } from './helmrelease/mod.ts';
import type { HelmReleaseDependencies } from './helmrelease/mod.ts';
import type { Kind } from './runtime/mod.ts';
import { gitRepositoryKind, helmChartKind, helmRepositoryKind } from './sources/mod.ts';
import type { SourceDependencies } from './sources/mod.ts';

export const kindsOf = (sources: SourceDependencies, releases: HelmReleaseDependencies): Kind[] => [
  gitRepositoryKind(sources),
  helmRepositoryKind(sources),
  helmChartKind(sources),
  helmReleaseKind(releases),
];
