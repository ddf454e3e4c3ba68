/** Releases in Secrets, byte-compatible with Helm 3. */
export { releaseStatuses } from './release.ts';
export type { Release, ReleaseHook, ReleaseStatus, StoredChart } from './release.ts';
