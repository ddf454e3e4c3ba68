/** Artifacts: what sources have come to, kept on disk and served over HTTP. */
export { readArtifact, sameArtifact } from './artifact.ts';
export type { Artifact } from './artifact.ts';
export { digestAlgorithms, digestOf } from './digest.ts';
export type { DigestAlgorithm } from './digest.ts';
export { ArtifactError } from './errors.ts';
export type { ArtifactReason } from './errors.ts';
export { matcher, readRules, sourceFilter } from './ignore.ts';
export type { Ignored, IgnoreRule } from './ignore.ts';
export { createArtifactReader } from './reader.ts';
export type { ReadArtifact } from './reader.ts';
export { startArtifactServer } from './server.ts';
export { createArtifactStore } from './store.ts';
export type { ArtifactOwner, ArtifactStore } from './store.ts';
export { packFolder, readTarball, unpackTarball } from './tarball.ts';
