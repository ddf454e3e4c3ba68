/** HelmRelease: releases of charts, on the native engine. */
export { helmReleaseKind, helmReleaseVersion } from './kind.ts';
export type { HelmReleaseDependencies } from './kind.ts';
export { createTargets } from './targets.ts';
export type { Targets } from './targets.ts';
