/** Install and upgrade (helm-controller internal/reconcile/install.go, upgrade.go; internal/action). */
import type { Release } from '../../lib/helm/storage/mod.ts';
import { formatDuration, messageOf } from '../../lib/runtime/mod.ts';
import { applyCrds } from './crds.ts';
import { createHelmLog } from './helm-log.ts';
import { inventoryOf } from './inventory.ts';
import { postRendererOf } from './post-render.ts';
import { readinessOf } from './readiness.ts';
import {
  clearFailures,
  countUp,
  eventMetadata,
  historyOf,
  mustLatest,
  observer,
  setHistory,
  snapshotMetadata,
  targetOf,
} from './request.ts';
import type { Request } from './request.ts';
import { fullName, hasBeenTested, snapshotOf, targets, versionedChart } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';
import { summarize } from './summary.ts';
import { digestValues } from './values-digest.ts';

/**
 * @param isUnused whether nothing is stored under the release's name
 * @returns the newest revision stored
 * @throws what Helm threw when no revision was stored: nothing happened, it may be tried again at once
 */
export async function install(
  request: Request,
  { isUnused }: { isUnused: boolean },
): Promise<Release | undefined> {
  const { draft, spec, chart, values, target, signal } = request;
  const { install: options } = spec;
  draft.status['lastAttemptedReleaseAction'] = 'install';
  setHistory(request, []);
  return run(request, 'install', async ({ log, onStored }) => {
    await applyCrds(chart, spec, { ...crdOptions(request), policy: options.crds, log });
    await target.engine.install({
      ...targetOf(request),
      ...common(request, 'install'),
      log,
      onStored,
      signal,
      chart,
      values,
      skipCrds: true,
      isUnused,
      replace: options.replace,
      ...(options.serverSideApply === undefined
        ? {}
        : { serverSideApply: options.serverSideApply }),
      createNamespace: options.createNamespace,
    });
  });
}

/** @returns and throws as `install` */
export async function upgrade(request: Request): Promise<Release | undefined> {
  const { draft, spec, chart, values, target, signal } = request;
  const { upgrade: options } = spec;
  draft.status['lastAttemptedReleaseAction'] = 'upgrade';
  return run(request, 'upgrade', async ({ log, onStored }) => {
    await applyCrds(chart, spec, { ...crdOptions(request), policy: options.crds, log });
    await target.engine.upgrade({
      ...targetOf(request),
      ...common(request, 'upgrade'),
      log,
      onStored,
      signal,
      chart,
      values,
      previousValues: options.preserveValues ? 'reuse' : 'reset',
      force: options.force,
      serverSideApply: options.serverSideApply,
      cleanupOnFail: options.cleanupOnFail,
      maxHistory: spec.maxHistory,
    });
  });
}

function common(request: Request, action: 'install' | 'upgrade') {
  const { spec } = request;
  const options = spec[action];
  return {
    ...readinessOf(request),
    timeoutMs: options.timeoutMs,
    wait: options.wait,
    waitForJobs: options.waitForJobs,
    disableHooks: options.disableHooks,
    disableOpenApiValidation: options.disableOpenApiValidation,
    skipSchemaValidation: options.disableSchemaValidation,
    takeOwnership: options.takeOwnership,
    enableDns: options.enableDns,
    postRenderer: postRendererOf(spec),
  };
}

const crdOptions = ({ target, clock, signal }: Request) => ({ kube: target.kube, clock, signal });

interface Observing {
  log: (line: string) => void;
  onStored: (release: Release) => void;
}

const words = {
  install: { done: 'InstallSucceeded', failed: 'InstallFailed', counter: 'installFailures' },
  upgrade: { done: 'UpgradeSucceeded', failed: 'UpgradeFailed', counter: 'upgradeFailures' },
} as const;

async function run(
  request: Request,
  action: 'install' | 'upgrade',
  act: (observing: Observing) => Promise<void>,
): Promise<Release | undefined> {
  const { draft, clock } = request;
  const { conditions, status } = draft;
  const helmLog = createHelmLog(clock);
  const { seen, onStored } = observer();
  const begun = clock.now().getTime();
  conditions.remove('TestSuccess', 'Remediated');
  let failure: { cause: unknown } | undefined;
  try {
    await act({ log: helmLog.log, onStored });
  } catch (cause) {
    // The program ends: what is left pending is unlocked after the next start, and counts for nothing.
    if (request.signal.aborted) throw cause;
    failure = { cause };
  }
  status['lastAttemptedReleaseActionDuration'] = formatDuration(clock.now().getTime() - begun);
  const newest = await remember(request, seen, action);
  try {
    if (failure === undefined) {
      succeed(request, action);
      return newest;
    }
    fail(request, action, failure.cause, helmLog.behind);
    // Without a revision there is nothing to put right.
    if (seen.size === 0) throw failure.cause;
    countUp(request, words[action].counter);
    return newest;
  } finally {
    summarize(request);
  }
}

/** Takes what was stored into the history and the inventory; as in the original, only the newest says by which action. */
async function remember(
  request: Request,
  seen: ReadonlyMap<number, Release>,
  action: 'install' | 'upgrade',
): Promise<Release | undefined> {
  const revisions = [...seen.values()].sort((a, b) => b.version - a.version);
  const [current, ...others] = revisions;
  if (current === undefined) return undefined;
  const ociDigest = textAt(request, 'lastAttemptedRevisionDigest');
  const before = historyOf(request).filter((each) => !targets(each, current));
  const updated = before.map((snapshot) => {
    const now = others.find((release) => targets(snapshot, release));
    return now === undefined ? snapshot : renewed(snapshot, now, undefined);
  });
  setHistory(request, [snapshotOf(current, { action, ociDigest }), ...updated]);
  request.draft.status['inventory'] = await inventoryOf(
    request.target.kube,
    current,
    request.chart,
  );
  return current;
}

/** A snapshot as its revision is now; its test results stay. */
export function renewed(
  snapshot: Snapshot,
  release: Release,
  action: string | undefined,
): Snapshot {
  const { testHooks, ociDigest } = snapshot;
  return {
    ...snapshotOf(release, { action, ociDigest }),
    ...(testHooks === undefined ? {} : { testHooks }),
  };
}

function succeed(request: Request, action: 'install' | 'upgrade'): void {
  const { draft, spec } = request;
  const latest = mustLatest(request);
  const reason = words[action].done;
  const message = successMessage(action, latest);
  draft.conditions.markTrue('Released', reason, message);
  if (spec.test.enable && !hasBeenTested(latest)) {
    draft.conditions.markUnknown(
      'TestSuccess',
      'AwaitingTests',
      `Helm release ${fullName(latest)} with chart ${versionedChart(latest)} is awaiting tests`,
    );
  }
  if (spec[action].retry !== undefined) clearFailures(request);
  draft.tell({ severity: 'info', reason, message, metadata: snapshotMetadata(latest) });
}

export const successMessage = (action: 'install' | 'upgrade', snapshot: Snapshot): string =>
  `Helm ${action} succeeded for release ${fullName(snapshot)} with chart ${versionedChart(snapshot)}`;

function fail(
  request: Request,
  action: 'install' | 'upgrade',
  cause: unknown,
  behind: (message: string) => string,
): void {
  const { draft, spec, chart, values } = request;
  const { name, version, appVersion = '' } = chart.metadata;
  const reason = words[action].failed;
  const message = `Helm ${action} failed for release ${spec.releaseNamespace}/${spec.releaseName} with chart ${name}@${version}: ${messageOf(cause).trim()}`;
  countUp(request, 'failures');
  draft.conditions.markFalse('Released', reason, message);
  draft.tell({
    severity: 'error',
    reason,
    message: behind(message),
    metadata: eventMetadata(version, digestValues(values), {
      appVersion,
      ociDigest: textAt(request, 'lastAttemptedRevisionDigest'),
    }),
  });
}

export function textAt({ draft }: Pick<Request, 'draft'>, field: string): string {
  const value = draft.status[field];
  return typeof value === 'string' ? value : '';
}
