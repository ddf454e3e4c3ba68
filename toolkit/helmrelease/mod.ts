/** HelmRelease: releases of charts, on the native engine. */
export { helmReleaseKind, helmReleaseVersion } from './kind.ts';
export type { HelmReleaseDependencies } from './kind.ts';
export { hasRevisionDigest } from './chart-revision.ts';
export { nextUpgrade } from './next-upgrade.ts';
export type { NextUpgrade } from './next-upgrade.ts';
export { createTargets } from './targets.ts';
export type { Targets } from './targets.ts';
export { wantedRelease } from './wanted.ts';
export type { WantedRelease } from './wanted.ts';
