/** One look at one HelmRelease: gather, observe, decide, act (spec helm-operator §6). */
import type { HelmRelease } from '../../lib/objects/mod.ts';
import { OperatorError, safeMessage, worthRetrying } from '../errors.ts';
import { canonical } from './compare.ts';
import { decide } from './decide.ts';
import type { Decision } from './decide.ts';
import { refuseHelm2 } from './helm2.ts';
import { gatherInputs } from './inputs.ts';
import type { Inputs } from './inputs.ts';
import { installRelease } from './install.ts';
import { observe } from './observe.ts';
import type { Observed } from './observe.ts';
import { removeRelease } from './remove.ts';
import { restoreDeployed } from './roll-back.ts';
import { explained, observed, startSync } from './sync.ts';
import type { ReconcilerDependencies, Sync } from './sync.ts';
import { upgradeRelease } from './upgrade.ts';

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
   * @returns false when it failed and is worth another try soon
   */
  reconcile(hr: HelmRelease): Promise<boolean>;
  /** Uninstalls what a deleted HelmRelease had released. @returns false when it failed */
  remove(hr: HelmRelease): Promise<boolean>;
}

export function createReconciler(dependencies: ReconcilerDependencies): Reconciler {
  const settled = new Map<string, Settled>();
  return {
    reconcile: async (hr) => {
      const sync = startSync(dependencies, hr);
      const about = `release '${sync.releaseName}' in namespace '${sync.targetNamespace}'`;
      try {
        const worked = await sync.timed('sync', () => run(sync, settled));
        await observed(sync);
        if (worked || sync.statusNow.phase !== sync.phaseBefore) {
          const message = `managed ${about} synchronized`;
          await sync.events.record(hr, 'Normal', 'ReleaseSynced', message);
        }
        return true;
      } catch (thrown) {
        settled.delete(sync.key);
        const error = safeMessage(thrown);
        sync.log.log({ error });
        await observed(sync);
        const message = `synchronization of ${about} failed: ${error}`;
        await sync.events.record(hr, 'Warning', 'FailedReleaseSync', message);
        return !worthRetrying(thrown);
      }
    },
    remove: async (hr) => {
      const sync = startSync(dependencies, hr);
      settled.delete(sync.key);
      return removeRelease(sync);
    },
  };
}

/** @returns whether anything was done */
async function run(sync: Sync, settled: Map<string, Settled>): Promise<boolean> {
  await refuseVersion2(sync);
  const inputs = await gatherInputs(sync);
  const mark = {
    generation: sync.hr.metadata.generation ?? 0,
    chartDigest: inputs.chart.digest,
    values: canonical(inputs.values),
  };
  const before = settled.get(sync.key);
  if (before !== undefined && isSettled(sync, before, mark)) return false;
  sync.log.log({ info: 'starting sync run' });
  const seen = await explained(sync, 'failed to determine sync action for release', () =>
    observe(sync, inputs, before?.chartDigest),
  );
  const decision = decide(seen.seen);
  const outcome = await act(sync, inputs, seen, decision);
  if (outcome.version !== undefined) settled.set(sync.key, { ...mark, version: outcome.version });
  return outcome.worked;
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

interface Outcome {
  worked: boolean;
  /** The deployed revision that chart and values have become. */
  version?: number;
}

async function act(
  sync: Sync,
  inputs: Inputs,
  { release, differences }: Observed,
  decision: Decision,
): Promise<Outcome> {
  switch (decision.action) {
    case 'refuse': {
      const was = release?.info;
      const why = was?.status === 'failed' && was.description !== '' ? ` (${was.description})` : '';
      await sync.enter('Failed', { cause: safeMessage(`${decision.message}${why}`) });
      throw new OperatorError(
        decision.reason,
        sync.key,
        `failed to determine sync action for release: ${decision.message}`,
      );
    }
    case 'none':
      if (decision.phase === 'Succeeded') await sync.enter('Succeeded');
      sync.log.log({ info: 'no changes', phase: 'dry-run-compare' });
      return {
        worked: false,
        ...(release?.info.status === 'deployed' ? { version: release.version } : {}),
      };
    case 'install':
      await refuseHelm2(sync);
      return done(await installRelease(sync, inputs));
    case 'reinstall':
      await refuseHelm2(sync);
      sync.log.log({ warning: `${decision.because}; it is removed and installed anew` });
      await explained(sync, 'uninstall failed', () =>
        sync.engine.uninstall({ ...sync.target, timeoutMs: sync.timeoutMs }),
      );
      return done(await installRelease(sync, inputs));
    case 'recover':
      sync.log.log({
        warning: `${decision.because}; the last deployed revision is restored first`,
      });
      await explained(sync, 'rollback failed', () => restoreDeployed(sync));
      return done(await upgradeRelease(sync, inputs));
    case 'upgrade':
      if (differences.length > 0) {
        sync.log.log({
          info: 'difference detected during release comparison',
          ...(sync.logDiffs ? { diff: differences.join('; ') } : {}),
          phase: 'dry-run-compare',
        });
      }
      return done(await upgradeRelease(sync, inputs));
  }
}

const done = ({ version }: { version: number }): Outcome => ({ worked: true, version });

async function refuseVersion2(sync: Sync): Promise<void> {
  if (sync.hr.spec.helmVersion !== 'v2') return;
  const message =
    'Helm v2 is not supported by this operator; convert the release with the helm 2to3 plugin (helm 2to3 convert) and set helmVersion: v3';
  await sync.enter('Failed', { cause: message });
  throw new OperatorError('HelmVersionUnsupported', sync.key, message);
}
