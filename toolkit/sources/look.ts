/** What all sources have in common in one look: storage, progress, summary of conditions, Events (spec §2.3). */
import { messageOf } from '../../lib/runtime/mod.ts';
import { readArtifact, sameArtifact } from '../artifacts/mod.ts';
import type { Artifact, ArtifactStore } from '../artifacts/mod.ts';
import { requestedAtKey, retrying, settled, stalled, waiting } from '../runtime/mod.ts';
import type { Draft, Outcome } from '../runtime/mod.ts';
import { safeMessage, SourceFailure } from './failure.ts';

export const sourceGroup = 'source.toolkit.fluxcd.io';

/** What a look came to, when nothing went wrong. */
export type Look =
  /** An artifact is there; `event` tells of it when it is new, or after a failure. */
  | { done: 'stored'; event: { reason: string; recovered: string; message: string } }
  /** The source is as before, found out without fetching it. */
  | { done: 'unchanged'; reason: string; message: string }
  /** What it needs is not there yet. */
  | { done: 'again' };

export interface SourceLook {
  store: ArtifactStore;
  /** Fires at the end of the program: then nothing is said of what was cut short. */
  signal: AbortSignal;
  intervalMs: number;
  /** Whether this kind has `status.url`. */
  hasUrl: boolean;
  /** In the order in which problems count. */
  failing: readonly (
    'StorageOperationFailed' | 'FetchFailed' | 'IncludeUnavailable' | 'BuildFailed'
  )[];
  /** @throws SourceFailure */
  build(current: Artifact | undefined): Promise<Look>;
}

export async function lookAtSource(draft: Draft, look: SourceLook): Promise<Outcome> {
  const { conditions, status } = draft;
  const failedBefore = look.failing.some((type) => conditions.has(type));
  const artifactBefore = readArtifact(status['artifact']);
  announce(draft);
  let outcome: Outcome;
  let result: Look | undefined;
  try {
    const current = await checkStorage(draft, look);
    if (conditions.isFalse('SourceVerified')) conditions.remove('SourceVerified');
    result = await look.build(current);
    outcome = conclude(draft, result, look);
  } catch (thrown) {
    if (look.signal.aborted) throw thrown;
    outcome = fail(draft, thrown);
  }
  summarize(draft, look);
  if (result?.done === 'stored' || result?.done === 'unchanged') {
    if (!conditions.isTrue('Ready'))
      outcome = retrying(new Error(conditions.get('Ready')?.message ?? 'not ready'));
    tellOfSuccess(draft, result, { failedBefore, artifactBefore, look });
  }
  return outcome;
}

function announce(draft: Draft): void {
  const { status, generation } = draft;
  draft.conditions.markProgressing('reconciliation in progress', { drift: false });
  const observed = status['observedGeneration'] ?? 0;
  const requestedAt = draft.annotations[requestedAtKey] ?? '';
  if (observed !== generation) {
    draft.conditions.markProgressing(
      `processing object: new generation ${String(observed)} -> ${generation}`,
      {
        drift: false,
      },
    );
    draft.showProgress();
  } else if (requestedAt !== (status['lastHandledReconcileAt'] ?? '')) draft.showProgress();
}

/** @returns the artifact, when its file is there and undamaged */
async function checkStorage(draft: Draft, look: SourceLook): Promise<Artifact | undefined> {
  const { store } = look;
  const { status, conditions } = draft;
  const artifact = readArtifact(status['artifact']);
  const state = artifact === undefined ? 'none' : await store.check(artifact);
  if (artifact !== undefined && state === 'good') {
    await store.collect(artifact);
    const url = store.withHost(artifact.url);
    if (url !== artifact.url) status['artifact'] = { ...artifact, url };
    if (typeof status['url'] === 'string') status['url'] = store.withHost(status['url']);
    return { ...artifact, url };
  }
  if (artifact !== undefined && state === 'damaged') {
    draft.tell({
      severity: 'error',
      reason: 'ArtifactVerificationFailed',
      message: `failed to verify integrity of artifact: computed digest doesn't match '${artifact.digest}'`,
    });
    await store.remove(artifact);
  }
  delete status['artifact'];
  if (look.hasUrl) delete status['url'];
  draft.conditions.markProgressing(
    `building artifact${artifact === undefined ? '' : ': disappeared from storage'}`,
  );
  conditions.remove('ArtifactInStorage');
  // Nobody is to look for what is gone.
  if (artifact === undefined) draft.showProgress();
  else await draft.save();
  return undefined;
}

function conclude(draft: Draft, result: Look, { intervalMs }: SourceLook): Outcome {
  const { conditions } = draft;
  if (result.done === 'again') {
    retryInProgress(draft);
    conditions.remove('Stalled');
    return { next: 'again' };
  }
  conditions.remove('Reconciling', 'Stalled');
  return settled(intervalMs);
}

function fail(draft: Draft, thrown: unknown): Outcome {
  const { conditions } = draft;
  retryInProgress(draft);
  if (!(thrown instanceof SourceFailure)) {
    conditions.remove('Stalled');
    draft.tell({ severity: 'error', reason: 'Failed', message: safeMessage(thrown) });
    conditions.markTrue('FetchFailed', 'Failed', safeMessage(thrown));
    return retrying(thrown);
  }
  const message = safeMessage(thrown);
  const { condition, reason, next } = thrown;
  if (condition === 'SourceVerified') conditions.markFalse(condition, reason, message);
  else if (condition !== undefined) conditions.markTrue(condition, reason, message);
  draft.tell({ severity: next === 'wait' ? 'trace' : 'error', reason, message });
  if (next === 'stall') {
    conditions.markStalled(reason, message);
    return stalled;
  }
  conditions.remove('Stalled');
  return next === 'wait' ? waiting(thrown.retryAfterMs ?? 30_000) : retrying(thrown);
}

/** A look that ends while work is in progress has failed, and comes again. */
function retryInProgress({ conditions }: Draft): void {
  const reconciling = conditions.get('Reconciling');
  if (reconciling !== undefined)
    conditions.markTrue('Reconciling', 'ProgressingWithRetry', reconciling.message);
}

function summarize({ conditions }: Draft, { failing }: SourceLook): void {
  conditions.summarize(
    'Ready',
    [
      ...failing,
      'ArtifactOutdated',
      'ArtifactInStorage',
      'SourceVerified',
      'Stalled',
      'Reconciling',
    ],
    [...failing, 'ArtifactOutdated', 'Stalled', 'Reconciling'],
  );
  // A signature that does not fit is told before all else.
  const verified = conditions.get('SourceVerified');
  if (verified?.status === 'False')
    conditions.markFalse('Ready', verified.reason, verified.message);
}

function tellOfSuccess(
  draft: Draft,
  result: Extract<Look, { done: 'stored' | 'unchanged' }>,
  {
    failedBefore,
    artifactBefore,
    look,
  }: { failedBefore: boolean; artifactBefore: Artifact | undefined; look: SourceLook },
): void {
  const artifact = readArtifact(draft.status['artifact']);
  if (result.done === 'unchanged') {
    const { reason, message } = result;
    draft.tell({ severity: 'trace', reason, message });
    return;
  }
  if (artifact === undefined) return;
  const metadata = {
    [`${sourceGroup}/revision`]: artifact.revision,
    [`${sourceGroup}/digest`]: artifact.digest,
  };
  const { reason, recovered, message } = result.event;
  if (artifactBefore?.digest !== artifact.digest) {
    draft.tell({ severity: 'info', reason, message, metadata });
  } else if (failedBefore && !look.failing.some((type) => draft.conditions.has(type))) {
    draft.tell({ severity: 'info', reason: recovered, message, metadata });
  }
}

/** Runs storage work; what it throws is a failure of the storage. */
export async function storing<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new SourceFailure(
      'StorageOperationFailed',
      'ArchiveOperationFailed',
      'retry',
      `${what}: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** Whether another source's artifact is a different one now. */
export function artifactChanged(
  now: { [field: string]: unknown } | undefined,
  before: { [field: string]: unknown } | undefined,
): boolean {
  const of = (object: typeof now) => {
    const status = object?.['status'];
    return typeof status === 'object' && status !== null && 'artifact' in status
      ? readArtifact(status.artifact)
      : undefined;
  };
  return now !== undefined && !sameArtifact(of(now), of(before));
}
