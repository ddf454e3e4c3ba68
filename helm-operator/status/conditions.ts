/** Phases and the conditions that go with them. Pure (spec helm-operator §2.3). */
import type { Condition, HelmReleasePhase, HelmReleaseStatus } from '../../lib/objects/mod.ts';

type ConditionType = 'ChartFetched' | 'Deployed' | 'Released' | 'RolledBack' | 'Tested';

interface PhaseText {
  conditions: readonly (readonly [ConditionType, Condition['status']])[];
  message: (release: string, namespace: string) => string;
}

const about = (text: string) => (release: string, namespace: string) =>
  `${text} Helm release '${release}' in '${namespace}'.`;

const phases: Readonly<Record<HelmReleasePhase, PhaseText>> = {
  ChartFetched: {
    conditions: [['ChartFetched', 'True']],
    message: about('Chart fetch was successful for'),
  },
  ChartFetchFailed: {
    conditions: [
      ['ChartFetched', 'False'],
      ['Released', 'False'],
    ],
    message: about('Chart fetch failed for'),
  },
  Installing: { conditions: [['Deployed', 'Unknown']], message: about('Running installation for') },
  Upgrading: { conditions: [['Deployed', 'Unknown']], message: about('Running upgrade for') },
  Deployed: {
    conditions: [['Deployed', 'True']],
    message: about('Installation or upgrade succeeded for'),
  },
  DeployFailed: {
    conditions: [
      ['Deployed', 'False'],
      ['Released', 'False'],
    ],
    message: about('Installation or upgrade failed for'),
  },
  Testing: { conditions: [['Tested', 'Unknown']], message: about('Testing') },
  Tested: { conditions: [['Tested', 'True']], message: about('Tested') },
  TestFailed: {
    conditions: [
      ['Tested', 'False'],
      ['Released', 'False'],
    ],
    message: about('Test failed for'),
  },
  Succeeded: { conditions: [['Released', 'True']], message: about('Release was successful for') },
  Failed: { conditions: [['Released', 'False']], message: about('Release failed for') },
  RollingBack: { conditions: [['RolledBack', 'Unknown']], message: about('Rolling back') },
  RolledBack: { conditions: [['RolledBack', 'True']], message: about('Rolled back') },
  RollbackFailed: { conditions: [['RolledBack', 'False']], message: about('Rollback failed for') },
};

export interface PhaseChange {
  phase: HelmReleasePhase;
  releaseName: string;
  targetNamespace: string;
  /** Chart revision: goes to `revision` with Succeeded, to `lastAttemptedRevision` with Installing and Upgrading. */
  revision?: string | undefined;
  /** Appended to the message; has to be free of secrets. */
  cause?: string | undefined;
  /** A failed test that is ignored leaves Released alone. */
  ignoreFailure?: boolean;
  /** Written when nothing comes after this phase: a run cut off later has nothing left to do. */
  observedGeneration?: number | undefined;
}

/** The status after a phase; the old one when nothing about it changes but the clock. */
export function enterPhase(
  status: HelmReleaseStatus,
  change: PhaseChange,
  now: Date,
): HelmReleaseStatus {
  const { phase, revision } = change;
  const { conditions, message } = phases[phase];
  const sentence = message(change.releaseName, change.targetNamespace);
  const text = change.cause === undefined ? sentence : `${sentence} ${change.cause}`;
  let list = status.conditions ?? [];
  for (const [type, state] of conditions) {
    if (change.ignoreFailure === true && type === 'Released') continue;
    list = setCondition(list, { type, status: state, reason: phase, message: text }, now);
  }
  const next: HelmReleaseStatus = { ...status, phase, conditions: list };
  if (phase === 'Succeeded') {
    // What is released is deployed, whoever deployed it; nothing is under way any more.
    next.conditions = list
      .filter(
        ({ type, status }) => type !== 'RolledBack' && (type !== 'Tested' || status !== 'Unknown'),
      )
      .map((condition) => settled(condition, text, now));
    delete next.rollbackCount;
    if (revision !== undefined) next.revision = revision;
  }
  if (phase === 'RolledBack') next.rollbackCount = (status.rollbackCount ?? 0) + 1;
  if (phase === 'Deployed' || phase === 'RolledBack') {
    // Known now; what else happens to the release is written at each interval.
    next.releaseName = change.releaseName;
    next.releaseStatus = 'deployed';
  }
  if ((phase === 'Installing' || phase === 'Upgrading') && revision !== undefined)
    next.lastAttemptedRevision = revision;
  if (change.observedGeneration !== undefined)
    next.observedGeneration = Math.max(next.observedGeneration ?? 0, change.observedGeneration);
  return next;
}

/** The status of a HelmRelease whose release somebody else works on; released by hand-over is released all the same. */
export function setAside(
  status: HelmReleaseStatus,
  { reason, message }: { reason: 'HandedOver' | 'ReleaseConflict'; message: string },
  now: Date,
): HelmReleaseStatus {
  const before = status.conditions?.find(({ type }) => type === 'Released');
  const state = reason === 'ReleaseConflict' ? 'False' : (before?.status ?? 'Unknown');
  const condition = { type: 'Released', status: state, reason, message };
  return { ...status, conditions: setCondition(status.conditions ?? [], condition, now) };
}

function settled(condition: Condition, message: string, now: Date): Condition {
  if (condition.type !== 'Deployed' || condition.status !== 'Unknown') return condition;
  const time = stamp(now);
  const [reason, status] = ['Deployed', 'True'] as const;
  return { ...condition, status, reason, message, lastUpdateTime: time, lastTransitionTime: time };
}

const stamp = (time: Date) => time.toISOString().replace(/\.\d+Z$/, 'Z');

const underWay: readonly (readonly [ConditionType, readonly HelmReleasePhase[]])[] = [
  ['RolledBack', ['RollingBack']],
  ['Tested', ['Testing']],
  ['Deployed', ['Installing', 'Upgrading']],
];

/**
 * The phase that says what the last run was in the middle of, also when runs that came no further than the chart or the
 * values have written theirs since.
 */
export function phaseUnderWay(status: HelmReleaseStatus): HelmReleasePhase | undefined {
  const { phase } = status;
  if (phase !== 'ChartFetched' && phase !== 'ChartFetchFailed' && phase !== 'Failed') return phase;
  for (const [type, reasons] of underWay) {
    const condition = status.conditions?.find((each) => each.type === type);
    const found = reasons.find((reason) => reason === condition?.reason);
    if (condition?.status === 'Unknown' && found !== undefined) return found;
  }
  return phase;
}

const nextTry = / \(next try at [^)]*\)$/;

/** The status that says, behind why the release failed, when it is tried again. */
export function withNextTry(status: HelmReleaseStatus, at: Date): HelmReleaseStatus {
  const time = stamp(at);
  return {
    ...status,
    conditions: (status.conditions ?? []).map((condition) =>
      condition.type === 'Released' && condition.status === 'False'
        ? {
            ...condition,
            message: `${(condition.message ?? '').replace(nextTry, '')} (next try at ${time})`,
          }
        : condition,
    ),
  };
}

/** Puts a condition at the end; an equal one stays where and as it is. */
function setCondition(list: readonly Condition[], wanted: Condition, now: Date): Condition[] {
  const before = list.find(({ type }) => type === wanted.type);
  if (
    before?.status === wanted.status &&
    before.reason === wanted.reason &&
    before.message?.replace(nextTry, '') === wanted.message
  ) {
    return [...list];
  }
  const time = stamp(now);
  const transition = before?.status === wanted.status ? before.lastTransitionTime : undefined;
  return [
    ...list.filter(({ type }) => type !== wanted.type),
    { ...wanted, lastUpdateTime: time, lastTransitionTime: transition ?? time },
  ];
}

export function conditionIs(
  status: HelmReleaseStatus | undefined,
  type: ConditionType,
  state: Condition['status'],
): boolean {
  return (
    status?.conditions?.some(
      (condition) => condition.type === type && condition.status === state,
    ) === true
  );
}
