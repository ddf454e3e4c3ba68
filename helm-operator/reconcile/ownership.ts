/** Whether a release is this HelmRelease's to work on, or one of the newer generation has it (docs/decisions/0010). */
import {
  claimOfV1,
  formatOwner,
  handedOverTo,
  heirOfV1,
  rivalOfV1,
} from '../../lib/objects/mod.ts';
import type { ReleaseClaim } from '../../lib/objects/mod.ts';
import { setAside } from '../status/conditions.ts';
import type { Sync } from './sync.ts';

/** Why a release is left alone. */
export interface Aside {
  reason: 'HandedOver' | 'ReleaseConflict';
  message: string;
}

/** Claims that are this old will do as long as nothing is written and nobody is in the way, in milliseconds. */
const lookMs = 30_000;

/** @param before what is about to be done: for a write, what others claim is asked anew */
export async function asideOf(sync: Sync, before: 'look' | 'write'): Promise<Aside | undefined> {
  const to = handedOverTo(sync.hr);
  const release = `release '${sync.releaseName}' in '${sync.targetNamespace}'`;
  if (to !== '') {
    return {
      reason: 'HandedOver',
      message: `${release} was handed over to HelmRelease ${to}; this HelmRelease does nothing to it, and its deletion uninstalls nothing`,
    };
  }
  const own = claimOfV1(sync.hr);
  if (before === 'look' && rivalOfV1(own, await sync.otherClaims(lookMs)) === undefined)
    return undefined;
  const rival = rivalOfV1(own, await sync.otherClaims(0));
  if (rival === undefined) return undefined;
  return {
    reason: 'ReleaseConflict',
    message: `${release} is managed by HelmRelease ${formatOwner(rival)}; delete this HelmRelease (nothing is uninstalled), or take the release back with 'fluxctl migrate --undo'`,
  };
}

/** Says so in the status, and once in an Event. */
export async function standAside(sync: Sync, { reason, message }: Aside): Promise<void> {
  const now = sync.statusNow.conditions?.find(({ type }) => type === 'Released');
  const generation = sync.hr.metadata.generation ?? 0;
  const isSaid = now?.reason === reason && now.message === message;
  if (isSaid && sync.statusNow.observedGeneration === generation) return;
  // It was looked at: when the release comes back, only a difference is worth an upgrade.
  await sync.change((status) => ({
    ...setAside(status, { reason, message }, sync.clock.now()),
    observedGeneration: generation,
  }));
  if (isSaid) return;
  sync.log.log({ warning: message });
  const type = reason === 'HandedOver' ? 'Normal' : 'Warning';
  await sync.events.record(sync.hr, type, reason, message);
}

/** Whether the last look found the release to be somebody else's. */
export const stoodAside = ({ statusNow }: Sync): boolean =>
  statusNow.conditions?.some(
    ({ type, reason }) =>
      type === 'Released' && (reason === 'HandedOver' || reason === 'ReleaseConflict'),
  ) === true;

/** Who goes on with the release of a deleted HelmRelease, as text; '' when nobody does. */
export async function heirOf({ hr, otherClaims }: Sync): Promise<string> {
  const to = handedOverTo(hr);
  if (to !== '') return to;
  const heir: ReleaseClaim | undefined = heirOfV1(claimOfV1(hr), await otherClaims(0));
  return heir === undefined ? '' : formatOwner(heir);
}
