/** How fluxd marks its own objects in the cluster, for everybody who has to tell them (spec flux-v1 §3.5, §3.7). */
import { createHash } from 'node:crypto';

export const markLabel = 'fluxcd.io/sync-gc-mark';
export const checksumAnnotation = 'fluxcd.io/sync-checksum';

/** Names this daemon's source: repository, branch and paths. */
export function syncSetName(safeUrl: string, branch: string, paths: readonly string[]): string {
  return createHash('sha256')
    .update([safeUrl, branch, ...paths].join(''))
    .digest('base64url');
}

/** The mark that an object with this ID carries when it belongs to the set. */
export function markOf(setName: string, id: string): string {
  return `sha256.${createHash('sha256').update(`${setName}${id}`).digest('base64url')}`;
}
