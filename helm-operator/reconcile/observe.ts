/** What there is of a release: the stored revisions, who manages them, how they differ from what is wanted. */
import type { Release } from '../../lib/helm/storage/mod.ts';
import type { HelmReleaseStatus } from '../../lib/objects/mod.ts';
import { conditionIs, phaseUnderWay } from '../status/conditions.ts';
import { antecedentOf, findOwner } from './antecedent.ts';
import { differences } from './compare.ts';
import { wasInterrupted } from './decide.ts';
import type { Observation } from './decide.ts';
import type { Inputs } from './inputs.ts';
import type { Sync } from './sync.ts';

export interface Observed {
  seen: Observation;
  /** Newest revision. */
  release: Release | undefined;
  /** What differs between chart and values and the revision to compare with, in words. */
  differences: string[];
}

/**
 * @param digestBefore of the chart when the release was settled by this process; a sub-chart or file that the stored
 *   release does not keep counts by it
 */
export async function observe(
  sync: Sync,
  { chart, values }: Inputs,
  { digestBefore, converted }: { digestBefore: string | undefined; converted: boolean },
): Promise<Observed> {
  const { engine, kube, hr } = sync;
  const release = await engine.latest(sync.target);
  const reuse = hr.spec.resetValues === false;
  const compare = (revision: Release) => differences(revision, chart.chart, values, { reuse });
  const rolledBack = conditionIs(sync.statusNow, 'RolledBack', 'True');
  const base = release === undefined || !rolledBack ? release : await failedRevision(sync, release);
  const found = base === undefined ? [] : compare(base);
  const phase = phaseUnderWay(sync.statusNow);
  const movedChart = digestBefore !== undefined && digestBefore !== chart.digest;
  if (release !== undefined) {
    sync.log.log({
      info: `running dry-run upgrade to compare with release version '${base?.version ?? release.version}'`,
      action: 'dry-run-compare',
    });
  }
  const seen: Observation = {
    release:
      release === undefined
        ? undefined
        : {
            version: release.version,
            status: release.info.status,
            interrupted: wasInterrupted({
              status: release.info.status,
              ourPhase: phase,
              ageMs: sync.clock.now().getTime() - lastTouched(release),
              timeoutMs: sync.timeoutMs,
            }),
            fits: (base === release ? found : compare(release)).length === 0,
            isOfThatRun: timeOf(release.info.lastDeployed) >= operationBegan(sync.statusNow),
            isRollback: /^Rollback (to \d|")/.test(release.info.description),
          },
    phase,
    owner:
      release === undefined
        ? undefined
        : await findOwner(kube, release.manifest, sync.targetNamespace),
    self: antecedentOf(hr),
    generation: hr.metadata.generation ?? 0,
    observedGeneration: sync.statusNow.observedGeneration ?? 0,
    converted,
    forced: sync.forced,
    rolledBack,
    chartChanged: chart.changed || movedChart,
    differs: found.length > 0,
    rollback: {
      enable: hr.spec.rollback?.enable === true,
      retry: hr.spec.rollback?.retry === true,
      maxRetries: hr.spec.rollback?.maxRetries ?? 5,
      count: sync.statusNow.rollbackCount ?? 0,
    },
  };
  return { seen, release, differences: found };
}

/** When the release's status was written, in milliseconds since 1970; 0 when it does not say. */
const lastTouched = ({ info }: Release): number => timeOf(info.deleted || info.lastDeployed);

function timeOf(text: string): number {
  const time = Date.parse(text);
  return Number.isNaN(time) ? 0 : time;
}

/** When the install or upgrade began that the status tells of. */
function operationBegan({ conditions }: HelmReleaseStatus): number {
  const deployed = conditions?.find(({ type }) => type === 'Deployed');
  return timeOf(deployed?.lastUpdateTime ?? '');
}

/** After a rollback, the revision that failed is what a new try has to differ from. */
async function failedRevision(sync: Sync, newest: Release): Promise<Release> {
  const history = await sync.engine.history(sync.target);
  return (
    history.findLast(({ info }) => info.status === 'failed' || info.status === 'superseded') ??
    newest
  );
}
