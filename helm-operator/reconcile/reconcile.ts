/** One look at one HelmRelease: gather, observe, decide, act (spec helm-operator §6). */
import type { HelmRelease } from '../../lib/objects/mod.ts';
import { isSuspended, migrationOf } from '../annotations.ts';
import { OperatorError, safeMessage, worthRetrying } from '../errors.ts';
import { withNextTry } from '../status/conditions.ts';
import { act } from './act.ts';
import { canonical } from './compare.ts';
import { decide } from './decide.ts';
import { addFinalizer, dropFinalizer, hasFinalizer } from './finalizer.ts';
import { dependencyGate } from './gates.ts';
import { gatherInputs } from './inputs.ts';
import { migrateHelm2 } from './migrate.ts';
import { observe } from './observe.ts';
import { asideOf, standAside, stoodAside } from './ownership.ts';
import { removeRelease } from './remove.ts';
import { explained, isLeftOpen, observed, startSync } from './sync.ts';
import type { ReconcilerDependencies, Sync } from './sync.ts';

export type { ReconcilerDependencies } from './sync.ts';

/** What was last brought about, so that looking again costs nothing while nothing changes. */
interface Settled {
  generation: number;
  chartDigest: string;
  values: string;
  version: number;
}

export interface Reconciler {
  /**
   * Brings the release about. What has begun is brought to its end: an operation cut off would leave a `pending-*`
   * release behind.
   *
   * @returns the pause before the next try, in milliseconds, when it failed and another try soon is worth it
   */
  reconcile(hr: HelmRelease): Promise<number | undefined>;
  /** Something newer is wanted of a HelmRelease: if it is just waiting to become ready, that is pointless now. */
  outdate(key: string): void;
  /** The next look tries again whatever failed before. */
  force(key: string): void;
  /** Uninstalls what a deleted HelmRelease had released. @returns the pause before the next try when it failed */
  remove(hr: HelmRelease): Promise<number | undefined>;
  /** The revision that a HelmRelease was last seen or brought to; `undefined` when it is not settled. */
  settledVersion(key: string): number | undefined;
}

export function createReconciler(dependencies: ReconcilerDependencies): Reconciler {
  const { clock, retries } = dependencies;
  const settled = new Map<string, Settled>();
  const running = new Map<string, AbortController>();
  const forced = new Set<string>();
  /** What was last said about HelmReleases that are not worked on. */
  const idle = new Map<string, string>();

  const start = (hr: HelmRelease): Sync => {
    const key = keyOf(hr);
    const outdated = new AbortController();
    running.set(key, outdated);
    return startSync(dependencies, hr, {
      forced: forced.delete(key),
      outdated: outdated.signal,
      lost: dependencies.lost(key),
    });
  };

  /** Says once why nothing is done. */
  const leave = async (sync: Sync, why: string, reason: string): Promise<void> => {
    if (idle.get(sync.key) === why) return;
    idle.set(sync.key, why);
    sync.log.log({ info: why });
    await sync.events.record(sync.hr, 'Normal', reason, why);
  };

  const attempt = async (sync: Sync): Promise<void> => {
    const aside = await asideOf(sync, 'look');
    if (aside !== undefined) {
      settled.delete(sync.key);
      idle.delete(sync.key);
      return standAside(sync, aside);
    }
    // What somebody else did to it in the meantime is looked at anew.
    if (stoodAside(sync)) settled.delete(sync.key);
    if (isSuspended(sync.hr)) return leave(sync, 'suspended by annotation', 'Suspended');
    const gate = dependencyGate(sync.hr, sync.otherRelease);
    if (!gate.open && 'waitsFor' in gate) {
      const why = `waiting for ${gate.waitsFor.join(', ')}`;
      return leave(sync, why, 'DependencyNotReady');
    }
    idle.delete(sync.key);
    if (sync.useFinalizer && !hasFinalizer(sync.hr)) await addFinalizer(sync.ownKube, sync.hr);
    if (!gate.open) {
      const message = `HelmReleases depend on one another: ${gate.cycle.join(' → ')}`;
      await sync.enter('Failed', { cause: message });
      throw new OperatorError('DependencyCycle', sync.key, message);
    }
    const worked = await sync.timed('sync', () => run(sync, settled));
    await observed(sync);
    // Who asked for a look is told that it was taken, too.
    if (worked || sync.forced || sync.statusNow.phase !== sync.phaseBefore) {
      const message = `managed ${aboutOf(sync)} synchronized`;
      await sync.events.record(sync.hr, 'Normal', 'ReleaseSynced', message);
    }
  };

  /** Status, event and log of a failure, with the time of the next try. */
  const fail = async (sync: Sync, thrown: unknown): Promise<number | undefined> => {
    settled.delete(sync.key);
    if (sync.lost.aborted) {
      sync.log.log({ warning: 'another replica works on this release now' });
      return undefined;
    }
    if (thrown instanceof OperatorError && thrown.reason === 'Outdated') forced.add(sync.key);
    const error = safeMessage(thrown);
    sync.log.log({ error });
    const isOpen = isLeftOpen(sync, thrown);
    const pause = isOpen || worthRetrying(thrown) ? retries.failed(sync.key) : undefined;
    // The generation is observed when it has come to an end.
    if (!isOpen)
      await observed(sync, (status) =>
        pause === undefined ? status : withNextTry(status, new Date(clock.now().getTime() + pause)),
      );
    const message = `synchronization of ${aboutOf(sync)} failed: ${error}`;
    await sync.events.record(sync.hr, 'Warning', 'FailedReleaseSync', message);
    return pause;
  };

  return {
    reconcile: async (hr) => {
      const sync = start(hr);
      try {
        await attempt(sync);
        retries.reset(sync.key);
        return undefined;
      } catch (thrown) {
        return await fail(sync, thrown);
      } finally {
        running.delete(sync.key);
      }
    },
    outdate: (key) => {
      running.get(key)?.abort();
    },
    force: (key) => {
      forced.add(key);
      settled.delete(key);
    },
    remove: async (hr) => {
      const sync = start(hr);
      settled.delete(sync.key);
      idle.delete(sync.key);
      try {
        await removeRelease(sync);
        if (hasFinalizer(hr)) await dropFinalizer(sync.ownKube, hr);
        retries.reset(sync.key);
        return undefined;
      } catch (thrown) {
        sync.log.log({ warning: `uninstall failed: ${safeMessage(thrown)}` });
        return retries.failed(sync.key);
      } finally {
        running.delete(sync.key);
      }
    },
    settledVersion: (key) => settled.get(key)?.version,
  };
}

const keyOf = (hr: HelmRelease) => `${hr.metadata.namespace}/${hr.metadata.name}`;
const aboutOf = (sync: Sync) =>
  `release '${sync.releaseName}' in namespace '${sync.targetNamespace}'`;

/** @returns whether anything was done */
async function run(sync: Sync, settled: Map<string, Settled>): Promise<boolean> {
  await refuseVersion2(sync);
  await refuseBadName(sync);
  const inputs = await gatherInputs(sync);
  const mark = {
    generation: sync.hr.metadata.generation ?? 0,
    chartDigest: inputs.chart.digest,
    values: canonical(inputs.values),
  };
  const before = settled.get(sync.key);
  if (before !== undefined && isSettled(sync, before, mark)) return false;
  sync.log.log({ info: 'starting sync run' });
  if (migrationOf(sync.hr) === 'convert' && (await isOthers(sync, settled))) return false;
  const migration = await migrateHelm2(sync);
  if (migration === 'shown') return false;
  const asBefore = { digestBefore: before?.chartDigest, converted: migration === 'converted' };
  const seen = await explained(sync, 'failed to determine sync action for release', () =>
    sync.timed('dry-run-compare', () => observe(sync, inputs, asBefore)),
  );
  const decision = decide(seen.seen);
  if (decision.action !== 'none' && (await isOthers(sync, settled))) return false;
  const outcome = await act(sync, inputs, seen, decision);
  if (outcome.version !== undefined) settled.set(sync.key, { ...mark, version: outcome.version });
  return outcome.worked;
}

/** Asked anew right before anything is written: the newer generation may have begun since. */
async function isOthers(sync: Sync, settled: Map<string, Settled>): Promise<boolean> {
  const aside = await asideOf(sync, 'write');
  if (aside === undefined) return false;
  settled.delete(sync.key);
  await standAside(sync, aside);
  return true;
}

/** Nothing but what was seen before. */
function isSettled(sync: Sync, before: Settled, now: Omit<Settled, 'version'>): boolean {
  const stored = sync.storedRevision(sync.targetNamespace, sync.releaseName);
  return (
    before.generation === now.generation &&
    before.chartDigest === now.chartDigest &&
    before.values === now.values &&
    stored?.version === before.version &&
    stored.status === 'deployed'
  );
}

/** Said before anything is tried, in the words that Helm has for it. */
async function refuseBadName(sync: Sync): Promise<void> {
  const { releaseName } = sync;
  if (isReleaseName(releaseName)) return;
  const message = `installation failed: release name "${releaseName}" is invalid: it must consist of lower-case letters, digits, '-' and '.', and be no longer than 53 characters; set spec.releaseName`;
  await sync.enter('Failed', { cause: message });
  throw new OperatorError('InvalidReleaseName', sync.key, message);
}

const isReleaseName = (name: string): boolean =>
  name.length <= 53 &&
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);

async function refuseVersion2(sync: Sync): Promise<void> {
  if (sync.hr.spec.helmVersion !== 'v2') return;
  const message =
    'Helm v2 is not supported by this operator; convert the release with the helm 2to3 plugin (helm 2to3 convert) and set helmVersion: v3';
  await sync.enter('Failed', { cause: message });
  throw new OperatorError('HelmVersionUnsupported', sync.key, message);
}
