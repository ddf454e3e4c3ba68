/** Whether a release is this HelmRelease's to work on, or another one has it, of either generation (docs/decisions/0010). */
import type { KubeClient } from '../../lib/kube/mod.ts';
import { createSharedList } from '../../lib/kube/mod.ts';
import {
  claimOfV1,
  claimOfV2,
  formatOwner,
  handedOverTo,
  helmReleaseApiVersion,
  rivalOfV2,
} from '../../lib/objects/mod.ts';
import type { HelmRelease, KubeObject, ReleaseClaim } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { stalled } from '../runtime/mod.ts';
import type { Collection, Draft, Outcome } from '../runtime/mod.ts';
import { findSiblings } from './siblings.ts';

export interface Ownership {
  /**
   * Whether somebody else has the release; says so on the draft. Before the first write to a release the claim is saved,
   * then what others claim is asked anew: of two who begin at the same time, at least one sees the other.
   */
  isOthers(draft: Draft, before: 'look' | 'write'): Promise<boolean>;
}

export interface OwnershipOptions {
  kube: KubeClient;
  clock: Clock;
  /** HelmReleases of this generation. */
  all: Collection;
  /** '' for all. */
  namespace: string;
}

/** Claims that are this old will do as long as nothing is written and nobody is in the way, in milliseconds. */
const lookMs = 30_000;

export function createOwnership({ kube, clock, all, namespace }: OwnershipOptions): Ownership {
  const siblingOf = findSiblings(all);
  const older = createSharedList<ReleaseClaim>({
    client: kube,
    clock,
    apiVersions: [helmReleaseApiVersion],
    kind: 'HelmRelease',
    namespace,
    read: (object) => (isHelmRelease(object) ? claimOfV1(object) : undefined),
    // Who may not read them has no operator beside it that may.
    onForbidden: () => undefined,
  });
  const isServed = async () =>
    (await kube.resourceType({ apiVersion: helmReleaseApiVersion, kind: 'HelmRelease' })) !==
    undefined;
  return {
    isOthers: async (draft, before) => {
      const sibling = siblingOf(draft);
      if (sibling !== undefined) {
        sayConflict(draft, sibling, 'give one of both another releaseName');
        return true;
      }
      const own = claimOfV2({ ...draft.object, status: draft.status });
      if (own === undefined || own.state === 'holds' || !(await isServed())) return false;
      if (before === 'write') await draft.save();
      if (before === 'look' && rivalOfV2(own, await older.get(lookMs)) === undefined) return false;
      const rival = rivalOfV2(own, await older.get(0));
      if (rival === undefined) return false;
      sayConflict(draft, rival, "hand it over with 'fluxctl migrate --apply'");
      return true;
    },
  };
}

function sayConflict(draft: Draft, { release, ...rival }: ReleaseClaim, advice: string): void {
  // Nothing is uninstalled with an object that has no storage.
  delete draft.status['storageNamespace'];
  const message = `release '${release.name}' in '${release.namespace}' is managed by HelmRelease ${formatOwner(rival)}; ${advice}, or delete this HelmRelease (nothing is uninstalled)`;
  say(draft, { reason: 'ReleaseConflict', message, severity: 'error' });
}

/** Whether the HelmRelease has given its release away, which is then left alone. */
export const isGiven = ({ object }: Draft): boolean => handedOverTo(object) !== '';

export function sayGiven(draft: Draft): Outcome {
  const to = handedOverTo(draft.object);
  const message = `the release was handed over to HelmRelease ${to}; this HelmRelease does nothing to it, and its deletion uninstalls nothing`;
  say(draft, { reason: 'HandedOver', message, severity: 'info' });
  return stalled;
}

function say(
  { conditions, tell }: Draft,
  { reason, message, severity }: { reason: string; message: string; severity: 'info' | 'error' },
): void {
  const before = conditions.get('Ready');
  conditions.remove('Reconciling', 'Stalled');
  conditions.markFalse('Ready', reason, message);
  if (before?.reason !== reason || before.message !== message) tell({ severity, reason, message });
}

/** The parts of a v1 HelmRelease that name its release. */
function isHelmRelease(object: KubeObject): object is HelmRelease {
  const { metadata, spec } = object;
  return metadata.name !== undefined && metadata.namespace !== undefined && isRecord(spec);
}
