/** Releases in Secrets or ConfigMaps, byte-compatible with Helm 3. */
export { decodeRelease, encodeRelease, releaseJson } from './encode.ts';
export { createMemoryStore } from './memory.ts';
export { releaseStatuses } from './release.ts';
export type { ApplyMethod, Release, ReleaseHook, ReleaseStatus, StoredChart } from './release.ts';
export { createObjectStore, secretName } from './object-store.ts';
export { observedStore, pruneHistory } from './store.ts';
export type { ReleaseRecord, ReleaseStore } from './store.ts';
export { isSystemLabel } from './system-labels.ts';
