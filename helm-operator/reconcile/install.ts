/** A first revision; what fails is purged again, as the original did (spec helm-operator §6.3). */
import { HelmError } from '../../lib/helm/chart/mod.ts';
import type { Release } from '../../lib/helm/storage/mod.ts';
import { safeMessage } from '../errors.ts';
import { annotate } from './annotate.ts';
import type { Inputs } from './inputs.ts';
import { testRelease } from './release-test.ts';
import { failed } from './sync.ts';
import type { Sync } from './sync.ts';
import { waits } from './waits.ts';

export async function installRelease(sync: Sync, { chart, values }: Inputs): Promise<Release> {
  const { engine, hr, timeoutMs } = sync;
  sync.log.log({ info: 'running installation', phase: 'install' });
  await sync.enter('Installing', { revision: chart.revision });
  let release: Release;
  try {
    release = await sync.timed('install', () =>
      engine.install({
        ...sync.target,
        chart: chart.chart,
        values,
        timeoutMs,
        wait: waits(hr),
        skipCrds: hr.spec.skipCRDs === true,
        disableOpenApiValidation: hr.spec.disableOpenAPIValidation === true,
      }),
    );
  } catch (thrown) {
    await sync.enter('DeployFailed', { cause: safeMessage(thrown) });
    // A name that was taken in the meantime belongs to somebody else.
    const taken = thrown instanceof HelmError && thrown.reason === 'ReleaseExists';
    if (!taken && (await engine.latest(sync.target)) !== undefined) await purge(sync);
    throw failed('installation failed', thrown);
  }
  await sync.enter('Deployed');
  sync.log.log({ info: 'installation succeeded', revision: chart.revision, phase: 'install' });
  try {
    await testRelease(sync, chart);
  } catch (thrown) {
    await purge(sync);
    throw thrown;
  }
  await annotate(sync, release);
  return release;
}

async function purge(sync: Sync): Promise<void> {
  sync.log.log({ info: 'running uninstall', phase: 'uninstall' });
  try {
    await sync.timed('uninstall', () =>
      sync.engine.uninstall({ ...sync.target, timeoutMs: sync.timeoutMs }),
    );
  } catch (thrown) {
    sync.log.log({ warning: `uninstall failed: ${safeMessage(thrown)}` });
  }
}
