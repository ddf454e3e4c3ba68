/** Back to the revision before, or to the last one that worked (spec helm-operator §6.3, §6.5). */
import type { Release } from '../../lib/helm/storage/mod.ts';
import { OperatorError, safeMessage } from '../errors.ts';
import { ownerAnnotation } from './antecedent.ts';
import { failed, isLeftOpen } from './sync.ts';
import type { Sync } from './sync.ts';

/**
 * Only when the HelmRelease asks for it, and only when a newer revision was stored at all.
 *
 * @param compared the newest revision before the upgrade
 */
export async function wantsRollback(sync: Sync, compared: number): Promise<boolean> {
  return (
    sync.hr.spec.rollback?.enable === true &&
    ((await sync.engine.latest(sync.target))?.version ?? 0) > compared
  );
}

/** @param failures the phases that led here, written together with the rollback's own */
export async function rollBack(
  sync: Sync,
  failures: Parameters<Sync['enterAll']>[0] = [],
): Promise<Release> {
  const { engine } = sync;
  const { rollback = {} } = sync.hr.spec;
  sync.log.log({ info: 'running rollback', phase: 'rollback' });
  await sync.enterAll([...failures, { phase: 'RollingBack' }]);
  const revision = await lastGood(sync);
  let release: Release;
  try {
    release = await sync.timed('rollback', () =>
      engine.rollback({
        ...sync.target,
        annotations: ownerAnnotation(sync.hr),
        revision,
        heedUndeployed: true,
        stopWaiting: sync.outdated,
        timeoutMs: (rollback.timeout ?? 300) * 1000,
        wait: rollback.wait === true,
        force: rollback.force === true,
        recreatePods: rollback.recreate === true,
        disableHooks: rollback.disableHooks === true,
      }),
    );
  } catch (thrown) {
    const failure = failed('rollback failed', thrown);
    if (isLeftOpen(sync, thrown)) throw failure;
    await sync.enter('RollbackFailed', { cause: safeMessage(thrown) });
    if (!sync.outdated.aborted) throw failure;
    throw new OperatorError('Outdated', sync.releaseName, failure.message, { cause: thrown });
  }
  await sync.enter('RolledBack');
  sync.log.log({ info: 'rollback succeeded', phase: 'rollback' });
  return release;
}

/** The one before the newest, as in the original, unless a newer commit had cut that one short. */
async function lastGood({ engine, target }: Sync): Promise<number> {
  const [, ...before] = (await engine.history(target)).reverse();
  return before.find(isGood)?.version ?? 0;
}

/** A rollback that fails leaves the revision that it was to undo as superseded, too. */
function isGood({ info: { status, description } }: Release): boolean {
  if (status === 'deployed') return true;
  return status === 'superseded' && !/^(Upgrade|Release|Rollback) ".*" failed: /.test(description);
}

/** Undoes an operation that was interrupted. @throws OperatorError `UnsafeUpgrade` when nothing ever worked */
export async function restoreDeployed(sync: Sync): Promise<void> {
  const history = await sync.engine.history(sync.target);
  const good = history.findLast(isGood);
  if (good === undefined) {
    throw new OperatorError(
      'UnsafeUpgrade',
      sync.releaseName,
      'there is no revision to go back to; repair or remove the release by hand',
    );
  }
  await sync.engine.rollback({
    ...sync.target,
    annotations: ownerAnnotation(sync.hr),
    revision: good.version,
    heedUndeployed: true,
    timeoutMs: sync.timeoutMs,
  });
}
