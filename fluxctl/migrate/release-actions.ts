/** How a release is installed, upgraded, tested and rolled back: v1's switches in v2's blocks. Pure (spec §6.3, §3.8). */
import type { HelmRelease } from '../../lib/objects/mod.ts';
import type { Notes } from './notes.ts';

export function actionsOf({ spec }: HelmRelease, notes: Notes): Record<string, unknown> {
  const { rollback = {}, test = {} } = spec;
  const waits = spec.wait ?? (rollback.enable === true || test.enable === true);
  // v1 never waited for Jobs.
  const wait = waits ? { disableWaitForJobs: true } : { disableWait: true };
  const validation =
    spec.disableOpenAPIValidation === true ? { disableOpenAPIValidation: true } : {};
  if (test.enable === true && test.cleanup === true)
    notes.warn(
      'test.cleanup has no counterpart: give the tests of the chart helm.sh/hook-delete-policy',
    );
  if (rollback.recreate === true)
    notes.warn(
      'rollback.recreate has no effect any more: Pods are not restarted by a rollback that changes nothing of them',
    );
  return {
    ...(spec.timeout === undefined ? {} : { timeout: seconds(spec.timeout) }),
    install: {
      ...wait,
      ...validation,
      crds: spec.skipCRDs === true ? 'Skip' : 'Create',
      // The operator always removed what failed, and tried again.
      remediation: { retries: -1 },
    },
    upgrade: {
      ...wait,
      ...validation,
      // Definitions are left alone by upgrades, as Helm does.
      crds: 'Skip',
      ...(spec.forceUpgrade === true ? { force: true } : {}),
      ...(spec.resetValues === false ? { preserveValues: true } : {}),
      ...(rollback.enable === true ? { remediation: remediationOf(rollback) } : {}),
    },
    ...(rollback.enable === true ? { rollback: rollbackOf(rollback) } : {}),
    ...(test.enable === true
      ? {
          test: {
            enable: true,
            ...(test.ignoreFailures === true ? { ignoreFailures: true } : {}),
            ...(test.timeout === undefined ? {} : { timeout: seconds(test.timeout) }),
          },
        }
      : {}),
  };
}

type Rollback = NonNullable<HelmRelease['spec']['rollback']>;

function remediationOf({ retry, maxRetries = 5 }: Rollback): Record<string, unknown> {
  const retries = retry !== true ? 0 : maxRetries === 0 ? -1 : maxRetries;
  return { retries, remediateLastFailure: true };
}

function rollbackOf(rollback: Rollback): Record<string, unknown> {
  return {
    ...(rollback.wait === true ? { disableWaitForJobs: true } : { disableWait: true }),
    ...(rollback.timeout === undefined ? {} : { timeout: seconds(rollback.timeout) }),
    ...(rollback.force === true ? { force: true } : {}),
    ...(rollback.disableHooks === true ? { disableHooks: true } : {}),
  };
}

const seconds = (count: number): string => `${count}s`;
