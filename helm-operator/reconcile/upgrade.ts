/** A further revision; what fails is rolled back when the HelmRelease asks for it (spec helm-operator §6.3). */
import type { Release } from '../../lib/helm/storage/mod.ts';
import { OperatorError, safeMessage } from '../errors.ts';
import { ownerAnnotation } from './antecedent.ts';
import type { Inputs } from './inputs.ts';
import { proveRelease } from './release-test.ts';
import { rollBack, wantsRollback } from './roll-back.ts';
import { failed, isLeftOpen } from './sync.ts';
import type { Sync } from './sync.ts';
import { waits } from './waits.ts';

/** @param compared the newest revision before the upgrade */
export async function upgradeRelease(
  sync: Sync,
  { chart, values }: Inputs,
  compared: number,
): Promise<Release> {
  const { engine, hr, timeoutMs } = sync;
  const newest = async () => (await engine.latest(sync.target))?.version ?? 0;
  sync.log.log({ info: 'running upgrade', action: 'upgrade' });
  await sync.enter('Upgrading', { revision: chart.revision });
  let release: Release;
  try {
    release = await sync.timed('upgrade', () =>
      engine.upgrade({
        ...sync.target,
        annotations: ownerAnnotation(sync.hr),
        chart: chart.chart,
        values,
        timeoutMs,
        wait: waits(hr),
        stopWaiting: sync.outdated,
        force: hr.spec.forceUpgrade === true,
        previousValues: hr.spec.resetValues === false ? 'reuse' : 'reset',
        maxHistory: hr.spec.maxHistory ?? 10,
        heedUndeployed: true,
        checkObjects: hr.spec.disableOpenAPIValidation !== true,
        disableOpenApiValidation: hr.spec.disableOpenAPIValidation === true,
      }),
    );
  } catch (thrown) {
    const failure = failed('upgrade failed', thrown);
    if (isLeftOpen(sync, thrown)) throw failure;
    const cause = safeMessage(thrown);
    if (!sync.outdated.aborted && (await wantsRollback(sync, compared))) {
      await rollBack(sync, [{ phase: 'DeployFailed', cause }]);
    } else await sync.enter('DeployFailed', { cause, final: !sync.outdated.aborted });
    if (sync.outdated.aborted)
      throw new OperatorError('Outdated', sync.releaseName, failure.message, { cause: thrown });
    const stored = (await newest()) > compared;
    if (!stored || hr.spec.rollback?.retry === true) throw failure;
    throw new OperatorError('UpgradeFailed', sync.releaseName, failure.message, { cause: thrown });
  }
  sync.log.log({ info: 'upgrade succeeded', revision: chart.revision, phase: 'upgrade' });
  await proveRelease(sync, chart, 'upgrade', compared);
  return release;
}
