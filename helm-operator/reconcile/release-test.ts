/** Helm's tests of a release, and the phase that ends an install or upgrade (spec helm-operator §6.3). */
import type { FetchedChart } from '../chartsource/source.ts';
import { OperatorError, safeMessage } from '../errors.ts';
import { failed } from './sync.ts';
import type { Sync } from './sync.ts';

/** @throws OperatorError `TestFailed`, unless failures are ignored */
export async function testRelease(sync: Sync, chart: FetchedChart): Promise<void> {
  const { test } = sync.hr.spec;
  if (test?.enable === true) {
    const ignoreFailure = test.ignoreFailures === true;
    sync.log.log({ info: 'running test', phase: 'test' });
    await sync.enter('Testing');
    try {
      await sync.timed('test', () =>
        sync.engine.test({ ...sync.target, timeoutMs: (test.timeout ?? 300) * 1000 }),
      );
      await sync.enter('Tested');
      sync.log.log({ info: 'test succeeded', revision: chart.revision });
    } catch (thrown) {
      await sync.enter('TestFailed', { cause: safeMessage(thrown), ignoreFailure });
      const { message } = failed('test failed', thrown);
      const failure = new OperatorError('TestFailed', sync.releaseName, message, {
        cause: thrown,
      });
      if (!ignoreFailure) throw failure;
      sync.log.log({ error: failure.message });
      sync.log.log({ info: 'test failed - ignoring failures', revision: chart.revision });
    }
  }
  await sync.enter('Succeeded', { revision: chart.revision });
}
