/** What people ask for by annotations, and when old failures say nothing any more. */
import { requestedAtKey } from '../runtime/mod.ts';
import type { Draft } from '../runtime/mod.ts';

/** Asked for one release action, whatever the counters say. */
export const isForced = (draft: Draft): boolean =>
  isAsked(draft, 'reconcile.fluxcd.io/forceAt', 'lastHandledForceAt');

/** Whether what was last attempted is no longer what is wanted, so that old failures say nothing. */
export function mustReset(draft: Draft, version: string, configDigest: string): boolean {
  const { status } = draft;
  const isReset = isAsked(draft, 'reconcile.fluxcd.io/resetAt', 'lastHandledResetAt');
  if (status['lastAttemptedGeneration'] !== draft.generation) return true;
  if (status['lastAttemptedRevision'] !== version) return true;
  const last = status['lastAttemptedConfigDigest'];
  return isReset || (typeof last === 'string' && last !== '' && last !== configDigest);
}

/** Whether an annotation asks for something once, together with `requestedAt`; its value is noted either way. */
function isAsked({ annotations, status }: Draft, key: string, handledField: string): boolean {
  const [value, requested] = [annotations[key], annotations[requestedAtKey]];
  if (value === undefined) return false;
  const handled = status[handledField];
  status[handledField] = value;
  return value !== handled && value === requested && requested !== status['lastHandledReconcileAt'];
}
