/** Carries a decision out. */
import { forgetRevision } from '../../lib/helm/action/mod.ts';
import type { Release } from '../../lib/helm/storage/mod.ts';
import { OperatorError, safeMessage } from '../errors.ts';
import { annotate } from './annotate.ts';
import type { Decision } from './decide.ts';
import { refuseHelm2 } from './migrate.ts';
import type { Inputs } from './inputs.ts';
import { installRelease } from './install.ts';
import type { Observed } from './observe.ts';
import { readableDiff } from './readable-diff.ts';
import { proveRelease } from './release-test.ts';
import { restoreDeployed, rollBack } from './roll-back.ts';
import { explained } from './sync.ts';
import type { Sync } from './sync.ts';
import { upgradeRelease } from './upgrade.ts';

export interface Outcome {
  worked: boolean;
  /** The deployed revision that chart and values have become. */
  version?: number;
}

export async function act(
  sync: Sync,
  inputs: Inputs,
  { seen, release, differences }: Observed,
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
      if (release?.info.status !== 'deployed') return { worked: false };
      // Made by hand, or by the original, cut off just before this.
      if (seen.owner === undefined) await annotate(sync, release);
      return { worked: false, version: release.version };
    case 'install':
      await refuseHelm2(sync);
      return done(await installRelease(sync, inputs, { isUnused: true }));
    case 'install-again':
      return done(await again(sync, decision, release, () => installRelease(sync, inputs)));
    case 'upgrade-again':
      return done(
        await again(sync, decision, release, () =>
          upgradeRelease(sync, inputs, (release?.version ?? 1) - 1),
        ),
      );
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
      return done(await upgradeRelease(sync, inputs, release?.version ?? 0));
    case 'finish':
      if (release === undefined) return { worked: false };
      sync.log.log({ warning: `${decision.because} by a run that was interrupted; going on` });
      await proveRelease(
        sync,
        inputs.chart,
        release.version === 1 ? 'install' : 'upgrade',
        release.version - 1,
      );
      if (seen.owner === undefined) await annotate(sync, release);
      return done(release);
    case 'roll-back':
      if (decision.forget) await again(sync, decision, release, () => rollBack(sync));
      else await rollBack(sync);
      return { worked: true };
    case 'finish-rollback':
      await sync.enter('RolledBack');
      return { worked: true };
    case 'upgrade':
      if (differences.length > 0) {
        sync.log.log({
          info: 'difference detected during release comparison',
          ...(sync.logDiffs && release !== undefined
            ? {
                diff: readableDiff(release, inputs.chart.chart, inputs.values, inputs.secrets).join(
                  '\n',
                ),
              }
            : {}),
          phase: 'dry-run-compare',
        });
      }
      return done(await upgradeRelease(sync, inputs, release?.version ?? 0));
  }
}

/** Does an operation that was cut off once more, under its old number. */
async function again<T>(
  sync: Sync,
  { because }: { because: string },
  release: Release | undefined,
  act: () => Promise<T>,
): Promise<T> {
  sync.log.log({ warning: `${because}; it is done once more` });
  if (release !== undefined) {
    await explained(sync, 'failed to determine sync action for release', () =>
      forgetRevision(sync.kube, { ...sync.target, revision: release.version }),
    );
  }
  return act();
}

const done = ({ version }: { version: number }): Outcome => ({ worked: true, version });
