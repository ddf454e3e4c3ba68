/**
 * Brings a release to what is wanted, one action after the other, at most one of each type in a pass (helm-controller
 * internal/reconcile/atomic_release.go).
 */
import type { Release } from '../../lib/helm/storage/mod.ts';
import { formatDuration, messageOf } from '../../lib/runtime/mod.ts';
import { decide, typeOf } from './decide.ts';
import type { Action, ActionType } from './decide.ts';
import { ReleaseError } from './errors.ts';
import { correctDrift, rollBack, test, uninstallFailed, unlock } from './other-actions.ts';
import { install, upgrade } from './release-actions.ts';
import { activeRemediation, activeRetry, countOf, isExhausted } from './request.ts';
import type { Request } from './request.ts';
import { determineState } from './state.ts';
import { summarize } from './summary.ts';

export type Pass =
  /** The release is as wanted, or nothing more is to be done until the interval. */
  | { came: 'toRest' }
  /** One more pass right now. */
  | { came: 'again' }
  /** One more pass after a time (`RetryOnFailure`). */
  | { came: 'later'; afterMs: number }
  /** No tries are left, or there is nothing to go back to. */
  | { came: 'toNothing' };

/**
 * @param forced asked once: a forced action counts for one pass
 * @throws what is likely to pass: the caller tries again with growing pauses
 */
export async function releaseAtomically(request: Request, forced: boolean): Promise<Pass> {
  const { draft, signal } = request;
  const { conditions } = draft;
  const done = new Set<ActionType>();
  let mayForce = forced;
  let stored: Release | undefined;
  for (;;) {
    signal.throwIfAborted();
    let state;
    try {
      state = await determineState(request, stored);
    } catch (cause) {
      conditions.markFalse(
        'Ready',
        'StateError',
        `Could not determine release state: ${messageOf(cause)}`,
      );
      throw new Error(`cannot determine release state: ${messageOf(cause)}`, { cause });
    }
    let action: Action | undefined;
    try {
      action = await decide(request, state, mayForce);
    } catch (thrown) {
      if (!(thrown instanceof ReleaseError)) throw thrown;
      return stall(request, thrown);
    }
    if (action === undefined) {
      conditions.remove('Reconciling');
      summarize(request);
      return { came: 'toRest' };
    }
    if (done.has(typeOf[action.does])) return pause(request);
    mayForce = false;
    const what = `Running '${action.does}' action with timeout of ${formatDuration(timeoutOf(request, action))}`;
    conditions.markReconciling('Progressing', what);
    if (typeOf[action.does] === 'release') conditions.markUnknown('Ready', 'Progressing', what);
    // Until something was done there is nothing that must not be lost.
    if (done.size === 0) draft.showProgress();
    else await draft.save();
    try {
      stored = await act(request, action);
    } catch (thrown) {
      const retry = activeRetry(request);
      if (retry !== undefined) return later(request, retry.intervalMs);
      if (thrown instanceof ReleaseError && thrown.next === 'stall') return stall(request, thrown);
      if (conditions.isTrue('Ready')) {
        conditions.markFalse('Ready', 'ReconcileError', messageOf(thrown));
      }
      throw thrown;
    }
    if (typeOf[action.does] === 'remediate') return afterRemediation(request);
    done.add(typeOf[action.does]);
    // What was not stored just now is read, which takes a moment, and may fail.
    if (stored === undefined) await draft.save();
  }
}

/** @returns the newest revision, when the action has stored one and nothing more is to be known of it */
async function act(request: Request, action: Action): Promise<Release | undefined> {
  switch (action.does) {
    case 'install':
      return install(request, action);
    case 'upgrade':
      return upgrade(request);
    case 'test':
      await test(request);
      break;
    case 'unlock':
      await unlock(request, action.release);
      break;
    case 'rollback':
      await rollBack(request);
      break;
    case 'uninstall':
      await uninstallFailed(request);
      break;
    case 'correct cluster drift':
      await correctDrift(request, action.drift);
  }
  return undefined;
}

function timeoutOf({ spec }: Request, { does }: Action): number {
  switch (does) {
    case 'install':
    case 'upgrade':
    case 'test':
    case 'rollback':
    case 'uninstall':
      return spec[does].timeoutMs;
    case 'unlock':
    case 'correct cluster drift':
      return spec.timeoutMs;
  }
}

/** An action of a type that was taken already is taken in another pass. */
function pause(request: Request): Pass {
  const { conditions } = request.draft;
  const retry = activeRetry(request);
  if (retry !== undefined) return later(request, retry.intervalMs);
  const remediation = activeRemediation(request);
  if (remediation === undefined || !isExhausted(request, remediation, remediation.counter)) {
    return again(request);
  }
  conditions.remove('Reconciling');
  return { came: 'toRest' };
}

function afterRemediation(request: Request): Pass {
  const retry = activeRetry(request);
  if (retry !== undefined) return later(request, retry.intervalMs);
  const remediation = activeRemediation(request);
  const beginsAnew =
    remediation?.counter === 'upgradeFailures' && remediation.strategy === 'uninstall';
  if (
    remediation === undefined ||
    beginsAnew ||
    !isExhausted(request, remediation, remediation.counter)
  )
    return again(request);
  return stall(
    request,
    new ReleaseError('RetriesExceeded', request.spec.releaseName, 'exceeded maximum retries'),
  );
}

function again({ draft: { conditions } }: Request): Pass {
  conditions.markReconciling('ProgressingWithRetry', conditions.get('Ready')?.message ?? '');
  return { came: 'again' };
}

function later({ draft: { conditions } }: Request, afterMs: number): Pass {
  conditions.markReconciling('ProgressingWithRetry', `retrying after ${formatDuration(afterMs)}`);
  return { came: 'later', afterMs };
}

function stall(request: Request, error: ReleaseError): Pass {
  const { draft } = request;
  if (error.reason === 'MissingRollbackTarget') {
    draft.conditions.markStalled(error.reason, `Failed to perform remediation: ${error.message}`);
    return { came: 'toNothing' };
  }
  const action = String(draft.status['lastAttemptedReleaseAction'] ?? '');
  const counter = activeRemediation(request)?.counter ?? 'failures';
  draft.conditions.markStalled(
    'RetriesExceeded',
    `Failed to ${action} after ${countOf(request, counter)} attempt(s)`,
  );
  return { came: 'toNothing' };
}
