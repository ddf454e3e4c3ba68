/** Helm's tests of a release, and the phase that ends an install or upgrade (spec helm-operator §6.3). */
import type { HelmReleaseSpec } from '../../lib/objects/mod.ts';
import type { FetchedChart } from '../chartsource/source.ts';
import { OperatorError, safeMessage } from '../errors.ts';
import { purge } from './purge.ts';
import { rollBack, wantsRollback } from './roll-back.ts';
import { failed, isLeftOpen } from './sync.ts';
import type { Sync } from './sync.ts';

/**
 * Says that the revision is deployed, and tests it when the HelmRelease asks for it. What fails is purged or rolled back,
 * unless failures are ignored.
 *
 * @param compared the newest revision before the upgrade
 * @throws OperatorError `TestFailed`
 */
export async function proveRelease(
  sync: Sync,
  { revision }: FetchedChart,
  by: 'install' | 'upgrade',
  compared: number,
): Promise<void> {
  if (sync.hr.spec.test?.enable !== true) {
    await sync.enterAll([{ phase: 'Deployed' }, { phase: 'Succeeded', revision }]);
    return;
  }
  const failure = await testRelease(sync, sync.hr.spec.test);
  if (failure === undefined) {
    sync.log.log({ info: 'test succeeded', revision });
    await sync.enterAll([{ phase: 'Tested' }, { phase: 'Succeeded', revision }]);
    return;
  }
  const cause = safeMessage(failure.cause);
  if (sync.hr.spec.test.ignoreFailures === true) {
    sync.log.log({ error: failure.message });
    sync.log.log({ info: 'test failed - ignoring failures', revision });
    await sync.enterAll([
      { phase: 'TestFailed', cause, ignoreFailure: true },
      { phase: 'Succeeded', revision },
    ]);
    return;
  }
  if (by === 'upgrade' && (await wantsRollback(sync, compared))) {
    await rollBack(sync, [{ phase: 'TestFailed', cause }]);
  } else {
    // Purged first: while it is not, the installation is not over.
    if (by === 'install') await purge(sync);
    await sync.enter('TestFailed', { cause, final: by === 'upgrade' });
  }
  throw failure;
}

/** @returns the failure of the tests; nothing when they passed */
async function testRelease(
  sync: Sync,
  test: NonNullable<HelmReleaseSpec['test']>,
): Promise<OperatorError | undefined> {
  sync.log.log({ info: 'running test', phase: 'test' });
  await sync.enterAll([{ phase: 'Deployed' }, { phase: 'Testing' }]);
  try {
    await sync.timed('test', () =>
      sync.engine.test({ ...sync.target, timeoutMs: (test.timeout ?? 300) * 1000 }),
    );
    return undefined;
  } catch (thrown) {
    const failure = failed('test failed', thrown);
    if (isLeftOpen(sync, thrown)) throw failure;
    const { message } = failure;
    return new OperatorError('TestFailed', sync.releaseName, message, { cause: thrown });
  }
}
