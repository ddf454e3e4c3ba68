/** `kustomize build`, natively and without files of its own: what it reads is handed in. Pure. */
export { build, buildWithRemotes, buildYaml, yamlOf } from './build.ts';
export type { BuildOptions } from './target.ts';
export { KustomizeError } from './errors.ts';
export type { KustomizeReason } from './errors.ts';
export type { Sha256 } from './hash.ts';
export { fileNames, looseKustomization, readKustomization } from './kustomization.ts';
export type { Kustomization } from './kustomization.ts';
export { cleanPath, filesOfMap } from './loader.ts';
export type { FileSource, LoadRestriction } from './loader.ts';
export { checkManifest } from './read.ts';
export type { RemoteClone, RemoteFetch, RemoteFile } from './remotes.ts';
export { readRepositorySpec } from './repository-spec.ts';
export type { RepositorySpec } from './repository-spec.ts';
