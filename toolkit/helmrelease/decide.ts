/** What to do about a state (helm-controller internal/reconcile/atomic_release.go, actionForState). */
import type { Drift } from './drift.ts';
import { summarizeDrift } from './drift.ts';
import { ReleaseError } from './errors.ts';
import { successMessage } from './release-actions.ts';
import {
  activeRemediation,
  activeRetry,
  countOf,
  historyOf,
  isExhausted,
  mustLatest,
  setHistory,
  targetOf,
} from './request.ts';
import type { Request } from './request.ts';
import { fullName, isSame, newest, previousOf, truncated } from './snapshot.ts';
import type { ReleaseState } from './state.ts';
import { summarize } from './summary.ts';
import { takeOver } from './take-over.ts';
import type { Release } from '../../lib/helm/storage/mod.ts';

export type Action =
  | { does: 'upgrade' | 'test' | 'rollback' | 'uninstall' }
  /** Nothing is stored under the release's name. */
  | { does: 'install'; isUnused: boolean }
  | { does: 'unlock'; release: Release }
  | { does: 'correct cluster drift'; drift: Drift };

/** At most one action of each type in one pass. */
export type ActionType = 'release' | 'remediate' | 'test' | 'unlock' | 'drift correction';

export const typeOf: Readonly<Record<Action['does'], ActionType>> = {
  install: 'release',
  upgrade: 'release',
  test: 'test',
  rollback: 'remediate',
  uninstall: 'remediate',
  unlock: 'unlock',
  'correct cluster drift': 'drift correction',
};

/**
 * The next action, `undefined` when there is none to take.
 *
 * Takes note on the request's conditions and history of what the state means.
 *
 * @param forced somebody asked for a release action whatever the counters say
 * @throws ReleaseError `RetriesExceeded`, `MissingRollbackTarget`
 */
export async function decide(
  request: Request,
  state: ReleaseState,
  forced: boolean,
): Promise<Action | undefined> {
  const { draft, spec } = request;
  switch (state.is) {
    case 'inSync':
      return inSync(request, forced);
    case 'locked':
      return { does: 'unlock', release: state.release };
    case 'absent':
      if (isExhausted(request, spec.install.remediation, 'installFailures') && !forced)
        throw exhausted(request, 'cannot install release');
      return { does: 'install', isUnused: state.isUnused };
    case 'unmanaged':
      if (await takeOver(request)) return inSync(request, forced);
      setHistory(request, []);
      return { does: 'upgrade' };
    case 'outOfSync':
      if (isExhausted(request, spec.upgrade.remediation, 'upgradeFailures') && !forced)
        throw exhausted(request, 'cannot upgrade release');
      return { does: 'upgrade' };
    case 'drifted': {
      const message = `Cluster state of release ${fullName(mustLatest(request))} has drifted from the desired state:\n${summarizeDrift(state.drift)}`;
      draft.tell({ severity: 'error', reason: 'DriftDetected', message });
      draft.conditions.markTrue('Drifted', 'DriftDetected', message);
      return spec.driftDetection.mode === 'enabled'
        ? { does: 'correct cluster drift', drift: state.drift }
        : undefined;
    }
    case 'untested':
      settleRemediated(request);
      return { does: 'test' };
    case 'failed':
      return failed(request, forced);
  }
}

function inSync(request: Request, forced: boolean): Action | undefined {
  const { draft, spec } = request;
  const { conditions } = draft;
  const history = historyOf(request);
  const remediation = activeRemediation(request);
  const ignoreTests = remediation?.ignoreTestFailures ?? spec.test.ignoreFailures;
  setHistory(
    request,
    activeRetry(request) === undefined ? truncated(history, ignoreTests) : newest(history),
  );
  if (forced) return { does: 'upgrade' };
  settleRemediated(request);
  if (!conditions.isTrue('Ready') || !conditions.isTrue('Released')) {
    const reason = conditions.get('Released')?.reason;
    const action =
      reason === 'InstallFailed' ? 'install' : reason === 'UpgradeFailed' ? 'upgrade' : undefined;
    if (action !== undefined) {
      const succeeded = action === 'install' ? 'InstallSucceeded' : 'UpgradeSucceeded';
      const message = successMessage(action, mustLatest(request));
      conditions.markTrue('Released', succeeded, message);
      summarize(request);
    }
  }
  if (spec.driftDetection.mode !== 'disabled')
    conditions.markFalse(
      'Drifted',
      'NoDriftDetected',
      'No drift detected against the cluster state',
    );
  return undefined;
}

/** The result of a rollback may be what is wanted now; then it is no remediation any more. */
function settleRemediated(request: Request): void {
  const { conditions } = request.draft;
  if (!conditions.isTrue('Remediated')) return;
  const message = successMessage('upgrade', mustLatest(request));
  conditions.replace('Remediated', 'Released', 'True', 'UpgradeSucceeded', message);
}

async function failed(request: Request, forced: boolean): Promise<Action> {
  const { spec } = request;
  if (activeRetry(request) !== undefined) {
    setHistory(request, newest(historyOf(request)));
    return { does: 'upgrade' };
  }
  const remediation = activeRemediation(request);
  if (remediation === undefined) return { does: 'upgrade' };
  // Without a failure counted, what it failed under has changed.
  if (countOf(request, remediation.counter) <= 0 || forced) return { does: 'upgrade' };
  if (isExhausted(request, remediation, remediation.counter) && !remediation.remediateLastFailure)
    throw exhausted(request, 'cannot remediate failed release');
  setHistory(request, truncated(historyOf(request), remediation.ignoreTestFailures));
  if (remediation.strategy === 'uninstall') return { does: 'uninstall' };
  const previous = previousOf(historyOf(request), remediation.ignoreTestFailures);
  if (previous === undefined) {
    throw new ReleaseError(
      'MissingRollbackTarget',
      spec.releaseName,
      'missing target release for rollback: cannot remediate failed release',
    );
  }
  const stored = await request.target.engine.get({
    ...targetOf(request),
    revision: previous.version,
  });
  // What is gone or altered is no place to go back to: the upgrade is tried once more instead.
  return stored === undefined || !isSame(previous, stored)
    ? { does: 'upgrade' }
    : { does: 'rollback' };
}

const exhausted = ({ spec }: Request, what: string) =>
  new ReleaseError('RetriesExceeded', spec.releaseName, `exceeded maximum retries: ${what}`);
