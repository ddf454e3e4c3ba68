/** A first revision; what fails is purged again, as the original did (spec helm-operator §6.3). */
import { HelmError } from '../../lib/helm/chart/mod.ts';
import type { Release } from '../../lib/helm/storage/mod.ts';
import { OperatorError, safeMessage } from '../errors.ts';
import { ownerAnnotation } from './antecedent.ts';
import type { Inputs } from './inputs.ts';
import { purge } from './purge.ts';
import { proveRelease } from './release-test.ts';
import { failed, isLeftOpen } from './sync.ts';
import type { Sync } from './sync.ts';
import { waits } from './waits.ts';

/** @param isUnused nothing is stored under the release's name */
export async function installRelease(
  sync: Sync,
  { chart, values }: Inputs,
  { isUnused = false }: { isUnused?: boolean } = {},
): Promise<Release> {
  const { engine, hr, timeoutMs } = sync;
  sync.log.log({ info: 'running installation', phase: 'install' });
  await sync.enter('Installing', { revision: chart.revision });
  let release: Release;
  try {
    release = await sync.timed('install', () =>
      engine.install({
        ...sync.target,
        annotations: ownerAnnotation(sync.hr),
        chart: chart.chart,
        values,
        isUnused,
        timeoutMs,
        wait: waits(hr),
        stopWaiting: sync.outdated,
        skipCrds: hr.spec.skipCRDs === true,
        disableOpenApiValidation: hr.spec.disableOpenAPIValidation === true,
      }),
    );
  } catch (thrown) {
    const failure = failed('installation failed', thrown);
    if (isLeftOpen(sync, thrown)) throw failure;
    const cause = safeMessage(thrown);
    // What came up so far is upgraded at once.
    if (sync.outdated.aborted) {
      await sync.enter('DeployFailed', { cause });
      throw new OperatorError('Outdated', sync.releaseName, failure.message, { cause: thrown });
    }
    // A name that was taken in the meantime belongs to somebody else.
    const taken = thrown instanceof HelmError && thrown.reason === 'ReleaseExists';
    // Purged first: while it is not, the installation is not over.
    if (!taken && (await engine.latest(sync.target)) !== undefined) await purge(sync);
    await sync.enter('DeployFailed', { cause });
    throw failure;
  }
  sync.log.log({ info: 'installation succeeded', revision: chart.revision, phase: 'install' });
  await proveRelease(sync, chart, 'install', 0);
  return release;
}
