/** Kustomization: manifests of a source, built and applied. */
export type { MacCheck } from './decrypt.ts';
export { kustomizationKind, kustomizationVersion } from './kind.ts';
export type { KustomizationDependencies } from './kind.ts';
export { previewKustomization } from './preview.ts';
export type { Preview, PreviewedObject } from './preview.ts';
export { renderKustomization } from './render.ts';
