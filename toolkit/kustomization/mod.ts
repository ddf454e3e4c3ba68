/** Kustomization: manifests of a source, built and applied. */
export type { MacCheck } from './decrypt.ts';
export { kustomizationKind, kustomizationVersion } from './kind.ts';
export type { KustomizationDependencies } from './kind.ts';
