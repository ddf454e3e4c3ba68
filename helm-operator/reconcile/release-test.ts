/** Helm's tests of a release, and the phase that ends an install or upgrade (spec helm-operator §6.3). */
import type { FetchedChart } from '../chartsource/source.ts';
import { OperatorError, safeMessage } from '../errors.ts';
import { purge } from './purge.ts';
import { rollBack, wantsRollback } from './roll-back.ts';
import { failed } from './sync.ts';
import type { Sync } from './sync.ts';

/**
 * Tests what was deployed when the HelmRelease asks for it. What fails is purged or rolled back, unless failures are
 * ignored.
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
  const failure = await testRelease(sync);
  if (failure === undefined) {
    if (sync.hr.spec.test?.enable === true) sync.log.log({ info: 'test succeeded', revision });
    await sync.enter('Succeeded', { revision });
    return;
  }
  const cause = safeMessage(failure.cause);
  if (sync.hr.spec.test?.ignoreFailures === true) {
    await sync.enter('TestFailed', { cause, ignoreFailure: true });
    sync.log.log({ error: failure.message });
    sync.log.log({ info: 'test failed - ignoring failures', revision });
    await sync.enter('Succeeded', { revision });
    return;
  }
  if (by === 'upgrade' && (await wantsRollback(sync, compared))) {
    await rollBack(sync, [{ phase: 'TestFailed', cause }]);
  } else {
    await sync.enter('TestFailed', { cause, final: by === 'upgrade' });
    if (by === 'install') await purge(sync);
  }
  throw failure;
}

/** @returns the failure of the tests; nothing when they passed or none are wanted */
async function testRelease(sync: Sync): Promise<OperatorError | undefined> {
  const { test } = sync.hr.spec;
  if (test?.enable !== true) return undefined;
  sync.log.log({ info: 'running test', phase: 'test' });
  await sync.enter('Testing');
  try {
    await sync.timed('test', () =>
      sync.engine.test({ ...sync.target, timeoutMs: (test.timeout ?? 300) * 1000 }),
    );
  } catch (thrown) {
    const { message } = failed('test failed', thrown);
    return new OperatorError('TestFailed', sync.releaseName, message, { cause: thrown });
  }
  await sync.enter('Tested');
  return undefined;
}
