/** `kustomize build`, natively and without files of its own: what it reads is handed in. Pure. */
export { build, buildYaml } from './build.ts';
export type { BuildOptions } from './target.ts';
export { KustomizeError } from './errors.ts';
export type { KustomizeReason } from './errors.ts';
export type { Sha256 } from './hash.ts';
export { fileNames, looseKustomization, readKustomization } from './kustomization.ts';
export type { Kustomization } from './kustomization.ts';
export { cleanPath, filesOfMap } from './loader.ts';
export type { FileSource, LoadRestriction } from './loader.ts';
export { checkManifest } from './read.ts';
