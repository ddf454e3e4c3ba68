/** Test, unlock, rollback, uninstall, correction of drift (helm-controller internal/reconcile). */
import { mendObject } from '../../lib/helm/action/mod.ts';
import type { ReleaseTarget } from '../../lib/helm/action/mod.ts';
import { HelmError } from '../../lib/helm/chart/mod.ts';
import { createObjectStore } from '../../lib/helm/storage/mod.ts';
import type { Release } from '../../lib/helm/storage/mod.ts';
import { KubeError } from '../../lib/kube/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { resourceName } from './drift.ts';
import type { Drift } from './drift.ts';
import { ReleaseError } from './errors.ts';
import { createHelmLog } from './helm-log.ts';
import { inventoryOf } from './inventory.ts';
import { readinessOf } from './readiness.ts';
import { renewed } from './release-actions.ts';
import {
  activeRemediation,
  countUp,
  eventMetadata,
  historyOf,
  latestOf,
  mustLatest,
  observer,
  setHistory,
  snapshotMetadata,
  targetOf,
} from './request.ts';
import type { Request } from './request.ts';
import {
  fullName,
  hasBeenTested,
  previousOf,
  snapshotOf,
  targets,
  testHooksOf,
  versionedChart,
} from './snapshot.ts';
import { summarize } from './summary.ts';
import { digestValues } from './values-digest.ts';

/** @throws when no test was seen to run */
export async function test(request: Request): Promise<void> {
  const { draft, spec, target, signal } = request;
  const latest = mustLatest(request);
  const { seen, onStored } = observer();
  const only = spec.test.filters.filter(({ exclude }) => !exclude).map(({ name }) => name);
  const except = spec.test.filters.filter(({ exclude }) => exclude).map(({ name }) => name);
  let failure: { cause: unknown } | undefined;
  try {
    await target.engine.test({
      ...targetOf(request),
      timeoutMs: spec.test.timeoutMs,
      only,
      except,
      signal,
      onStored,
    });
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    failure = { cause };
  }
  const tested = [...seen.values()].find((release) => targets(latest, release));
  if (tested !== undefined) {
    const now = {
      ...renewed(latest, tested, latest.action),
      testHooks: testHooksOf(tested, spec.test.filters),
    };
    setHistory(request, [now, ...historyOf(request).slice(1)]);
  } else if (seen.size > 0 && failure === undefined) {
    failure = {
      cause: new ReleaseError(
        'ReleaseMismatch',
        latest.name,
        `release mismatch: tested release is not the current release ${fullName(latest)}`,
      ),
    };
  }
  try {
    const current = mustLatest(request);
    const about = `for release ${fullName(current)} with chart ${versionedChart(current)}`;
    const metadata = snapshotMetadata(current);
    if (failure === undefined) {
      const count = Object.keys(current.testHooks ?? {}).length;
      const hooks =
        count === 0
          ? 'no test hooks'
          : `${count} test ${count === 1 ? 'hook' : 'hooks'} completed successfully`;
      const message = `Helm test succeeded ${about}: ${hooks}`;
      draft.conditions.markTrue('TestSuccess', 'TestSucceeded', message);
      draft.tell({ severity: 'info', reason: 'TestSucceeded', message, metadata });
      return;
    }
    const message = `Helm test failed ${about}: ${messageOf(failure.cause).trim()}`;
    countUp(request, 'failures');
    draft.conditions.markFalse('TestSuccess', 'TestFailed', message);
    draft.tell({ severity: 'error', reason: 'TestFailed', message, metadata });
    if (!hasBeenTested(current)) throw failure.cause;
    const remediation = activeRemediation(request);
    if (remediation?.ignoreTestFailures === false) countUp(request, remediation.counter);
  } finally {
    summarize(request);
  }
}

/** Marks a revision failed whose operation ended without a word. @throws KubeError */
export async function unlock(request: Request, release: Release): Promise<void> {
  const { draft, spec, target, clock, signal } = request;
  const { status } = release.info;
  const snapshot = snapshotOf(release, {});
  const about = `release ${fullName(snapshot)} with chart ${versionedChart(snapshot)} in ${status} state`;
  const metadata = snapshotMetadata(snapshot);
  const reason = 'PendingRelease';
  const failed: Release = {
    ...release,
    info: {
      ...release.info,
      status: 'failed',
      description: `Release unlocked from stale '${status}' state`,
    },
  };
  try {
    const store = createObjectStore({
      kube: target.kube,
      clock,
      driver: 'secret',
      namespace: spec.storageNamespace,
      signal,
    });
    await store.update(failed);
  } catch (cause) {
    const message = `Unlock of Helm ${about} failed: ${messageOf(cause).trim()}`;
    countUp(request, 'failures');
    draft.conditions.markFalse('Released', reason, message);
    draft.tell({ severity: 'error', reason, message, metadata });
    summarize(request);
    throw cause;
  }
  setHistory(
    request,
    historyOf(request).map((each) => (targets(each, failed) ? snapshotOf(failed, each) : each)),
  );
  const message = `Unlocked Helm ${about}`;
  draft.conditions.markFalse('Released', reason, message);
  draft.tell({ severity: 'info', reason, message, metadata });
  summarize(request);
}

/** @throws when nothing was stored */
export async function rollBack(request: Request): Promise<void> {
  const { draft, spec, target, clock, signal, values } = request;
  const previous = previousOf(historyOf(request), spec.upgrade.remediation.ignoreTestFailures);
  if (previous === undefined) {
    throw new ReleaseError(
      'MissingRollbackTarget',
      spec.releaseName,
      'missing target release for rollback: required to rollback',
    );
  }
  const helmLog = createHelmLog(clock);
  const { seen, onStored } = observer();
  let failure: { cause: unknown } | undefined;
  try {
    await target.engine.rollback({
      ...targetOf(request),
      ...readinessOf(request),
      revision: previous.version,
      timeoutMs: spec.rollback.timeoutMs,
      wait: spec.rollback.wait,
      waitForJobs: spec.rollback.waitForJobs,
      disableHooks: spec.rollback.disableHooks,
      force: spec.rollback.force,
      serverSideApply: spec.rollback.serverSideApply,
      cleanupOnFail: spec.rollback.cleanupOnFail,
      maxHistory: spec.maxHistory,
      log: helmLog.log,
      onStored,
      signal,
    });
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    failure = { cause };
  }
  takeIn(request, seen, 'rollback');
  const newest = [...seen.values()].sort((a, b) => b.version - a.version)[0];
  if (newest !== undefined)
    draft.status['inventory'] = await inventoryOf(target.kube, newest, request.chart);
  const about = `Helm rollback to previous release ${fullName(previous)} with chart ${versionedChart(previous)}`;
  const metadata = eventMetadata(previous.chartVersion, digestValues(values), previous);
  if (failure === undefined) {
    const message = `${about} succeeded`;
    draft.conditions.markTrue('Remediated', 'RollbackSucceeded', message);
    draft.tell({ severity: 'info', reason: 'RollbackSucceeded', message, metadata });
  } else {
    const message = `${about} failed: ${messageOf(failure.cause).trim()}`;
    countUp(request, 'failures');
    draft.conditions.markFalse('Remediated', 'RollbackFailed', message);
    draft.tell({
      severity: 'error',
      reason: 'RollbackFailed',
      message: helmLog.behind(message),
      metadata,
    });
  }
  summarize(request);
  if (failure !== undefined && seen.size === 0) throw failure.cause;
}

/** Revisions that are known are renewed, those that are not are added. */
function takeIn(request: Request, seen: ReadonlyMap<number, Release>, action: string): void {
  let history = historyOf(request);
  for (const release of seen.values()) {
    const isKnown = history.some((each) => targets(each, release));
    history = isKnown
      ? history.map((each) => (targets(each, release) ? renewed(each, release, action) : each))
      : [snapshotOf(release, { action }), ...history];
  }
  setHistory(request, history);
}

type Uninstalling = Pick<Request, 'draft' | 'spec' | 'target' | 'clock' | 'signal'>;

/** How an uninstallation ended. */
interface Uninstalled {
  failure: { cause: unknown } | undefined;
  /** Something was stored or removed. */
  changed: boolean;
  behind: (message: string) => string;
}

async function runUninstall(
  request: Uninstalling,
  target: ReleaseTarget,
  action: string,
): Promise<Uninstalled> {
  const { spec, clock, signal } = request;
  const helmLog = createHelmLog(clock);
  const { seen, onStored } = observer();
  let failure: { cause: unknown } | undefined;
  try {
    await request.target.engine.uninstall({
      ...target,
      timeoutMs: spec.uninstall.timeoutMs,
      disableHooks: spec.uninstall.disableHooks,
      keepHistory: spec.uninstall.keepHistory,
      wait: spec.uninstall.wait,
      cascade: spec.uninstall.cascade,
      log: helmLog.log,
      onStored,
      signal,
    });
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    failure = { cause };
  }
  const history = historyOf(request).map((each) => {
    const now = [...seen.values()].find((release) => targets(each, release));
    return now === undefined ? each : renewed(each, now, action);
  });
  setHistory(request, history);
  return { failure, changed: seen.size > 0, behind: helmLog.behind };
}

/** Takes a failed release away, to begin anew. @throws when nothing was stored */
export async function uninstallFailed(request: Request): Promise<void> {
  const { draft } = request;
  const latest = mustLatest(request);
  const { failure, changed, behind } = await runUninstall(
    request,
    targetOf(request),
    'uninstall-remediation',
  );
  const about = `Helm uninstall remediation for release ${fullName(latest)} with chart ${versionedChart(latest)}`;
  const metadata = snapshotMetadata(latest);
  if (failure === undefined) {
    const message = `${about} succeeded`;
    draft.conditions.markTrue('Remediated', 'UninstallSucceeded', message);
    draft.tell({ severity: 'info', reason: 'UninstallSucceeded', message, metadata });
    return;
  }
  const message = `${about} failed: ${messageOf(failure.cause).trim()}`;
  countUp(request, 'failures');
  draft.conditions.markFalse('Remediated', 'UninstallFailed', message);
  draft.tell({
    severity: 'error',
    reason: 'UninstallFailed',
    message: behind(message),
    metadata,
  });
  if (!changed) throw failure.cause;
}

/**
 * Takes a release away for good: its HelmRelease goes, or moves to another place.
 *
 * @param target where the release was last seen
 * @throws what Helm threw
 */
export async function uninstall(request: Uninstalling, target: ReleaseTarget): Promise<void> {
  const { draft, spec } = request;
  const latest = latestOf(request);
  if (latest === undefined) return;
  const { conditions } = draft;
  const reason = 'UninstallSucceeded';
  const { failure, behind } = await runUninstall(request, target, 'uninstall');
  const about = `for release ${fullName(latest)} with chart ${versionedChart(latest)}`;
  const metadata = snapshotMetadata(latest);
  if (failure === undefined) {
    delete draft.status['inventory'];
    const message = `Helm uninstall succeeded ${about}`;
    conditions.markFalse('Released', reason, message);
    draft.tell({ severity: 'info', reason, message, metadata });
  } else if (isNotFound(failure.cause)) {
    const message =
      spec.uninstall.keepHistory && /already deleted/.test(messageOf(failure.cause))
        ? `Release ${fullName(latest)} was already uninstalled`
        : `Release ${fullName(latest)} was not found, assuming it is uninstalled`;
    conditions.markFalse('Released', reason, message);
  } else {
    const message = `Helm uninstall failed ${about}: ${messageOf(failure.cause).trim()}`;
    countUp(request, 'failures');
    conditions.markFalse('Released', 'UninstallFailed', message);
    draft.tell({
      severity: 'error',
      reason: 'UninstallFailed',
      message: behind(message),
      metadata,
    });
    summarize(request);
    throw failure.cause;
  }
  summarize(request);
}

const isNotFound = (cause: unknown) =>
  cause instanceof HelmError && cause.reason === 'ReleaseNotFound';

/** Puts objects right that others changed; what cannot be is told of, and looked at again later. */
export async function correctDrift(request: Request, { drifted }: Drift): Promise<void> {
  const { draft, target } = request;
  const latest = mustLatest(request);
  draft.conditions.markUnknown('Ready', 'Progressing', 'correcting cluster drift');
  const corrected: string[] = [];
  const problems: string[] = [];
  for (const each of drifted) {
    const name = resourceName(each.object);
    try {
      await mendObject(target.kube, each);
      corrected.push(`${name} ${each.missing ? 'created' : 'configured'}`);
    } catch (cause) {
      if (!(cause instanceof KubeError)) throw cause;
      const verb = each.missing ? 'creation' : 'patch';
      problems.push(`${name} ${verb} failure: ${masked(each.object.kind, messageOf(cause))}`);
    }
  }
  const metadata = snapshotMetadata(latest);
  if (problems.length > 0) {
    const partially = corrected.length > 0 ? 'partially ' : '';
    const done = corrected.length > 0 ? `\n\nSuccessful corrections:\n${corrected.join('\n')}` : '';
    draft.tell({
      severity: 'error',
      reason: 'DriftCorrectionFailed',
      message: `Failed to ${partially}correct cluster state of release ${fullName(latest)}:\n${problems.join('\n')}${done}`,
      metadata,
    });
  } else if (corrected.length > 0) {
    draft.tell({
      severity: 'info',
      reason: 'DriftCorrected',
      message: `Cluster state of release ${fullName(latest)} has been corrected:\n${corrected.join('\n')}`,
      metadata,
    });
  }
}

/** Of what the server says of a Secret, only the reason: the rest may quote it. */
const masked = (kind: string, message: string) =>
  kind === 'Secret' ? (message.split(':').at(-1)?.trim() ?? '') : message;
