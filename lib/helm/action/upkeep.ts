/** What an operator does to releases beyond Helm's verbs. */
import type { KubeClient } from '../../kube/mod.ts';
import { secretName } from '../storage/mod.ts';
import type { ReleaseTarget } from './engine.ts';

/**
 * Forgets a revision as if it had never been begun: for an operation that was cut off and is done once more. Only the
 * record goes; objects that were created stay and are found again by their owner's annotations.
 *
 * @returns false when there was no such revision
 */
export function forgetRevision(
  kube: KubeClient,
  { namespace, releaseName, revision }: ReleaseTarget & { revision: number },
): Promise<boolean> {
  const name = secretName(releaseName, revision);
  return kube.delete({ apiVersion: 'v1', kind: 'Secret', namespace, name });
}
