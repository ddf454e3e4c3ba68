/** ConfigMaps and Secrets that objects name. */
import { objectKey } from '../../lib/kube/mod.ts';
import type { Kind, Watch } from './kind.ts';

/** @param usersOf whom a change of `NAMESPACE/NAME` concerns, as keys */
export function referenceWatch(
  kind: 'ConfigMap' | 'Secret',
  usersOf: (key: string) => Iterable<string>,
): Watch {
  return {
    apiVersion: 'v1',
    kind,
    metadataOnly: true,
    // Releases are kept in Secrets, many and big, and no object names them.
    ...(kind === 'Secret' ? { fieldSelector: 'type!=helm.sh/release.v1' } : {}),
    affected: (now, before) => {
      const changed = now ?? before;
      return changed === undefined ? [] : usersOf(objectKey(changed));
    },
  };
}

/** A kind that learns of them at its next look only (the gate `DisableConfigWatchers`). */
export const withoutReferenceWatches = (kind: Kind): Kind => ({
  ...kind,
  watches: (kind.watches ?? []).filter(({ apiVersion }) => apiVersion !== 'v1'),
});
