/** How a look at an object of image automation ends (fluxcd/pkg runtime/reconcile), and what is told of it. */
import { retrying, settled, stalled, waiting, requestedAtKey } from '../runtime/mod.ts';
import type { Draft, Outcome } from '../runtime/mod.ts';

export type Result =
  | { done: 'success'; message: string; afterMs: number | undefined; told: string }
  /** A person has to change something. */
  | { done: 'stalled'; reason: string; message: string }
  /** @param afterMs when it is known how soon it is worth another look */
  | { done: 'failed'; reason: string; message: string; afterMs?: number };

/** Marks work in progress; `drift` says that what was ready is so no longer. */
export function progress({ conditions }: Draft, message: string, drift = false): void {
  conditions.markReconciling('Progressing', message);
  const ready = conditions.get('Ready');
  if (drift || ready === undefined || ready.status === 'Unknown')
    conditions.markUnknown('Ready', 'Progressing', message);
}

/** Shows that work has begun, where somebody waits for it. */
export async function announce(draft: Draft, whenRequested: boolean): Promise<void> {
  const { status, generation } = draft;
  const before = draft.conditions.get('Stalled');
  progress(draft, 'reconciliation in progress');
  const observed = status['observedGeneration'] ?? 0;
  const requestedAt = draft.annotations[requestedAtKey] ?? '';
  if (observed !== generation || before !== undefined) {
    progress(draft, `processing object: new generation ${String(observed)} -> ${generation}`);
    await draft.save();
  } else if (whenRequested && requestedAt !== (status['lastHandledReconcileAt'] ?? ''))
    await draft.save();
}

export interface Before {
  isReady: boolean;
  message: string;
}

/** How it was before the look; an object that is worked on or stalled is not ready. */
export const beforeLook = ({ conditions }: Draft): Before => ({
  isReady:
    conditions.isTrue('Ready') &&
    !conditions.isTrue('Reconciling') &&
    !conditions.isTrue('Stalled'),
  message: conditions.get('Ready')?.message ?? '',
});

export function conclude(draft: Draft, result: Result): Outcome {
  const { conditions } = draft;
  switch (result.done) {
    case 'success':
      conditions.remove('Reconciling', 'Stalled');
      conditions.markTrue('Ready', 'Succeeded', result.message);
      return result.afterMs === undefined ? stalled : settled(result.afterMs);
    case 'stalled':
      conditions.markStalled(result.reason, result.message);
      conditions.markFalse('Ready', result.reason, result.message);
      return stalled;
    case 'failed': {
      conditions.remove('Stalled');
      conditions.markFalse('Ready', result.reason, result.message);
      const reconciling = conditions.get('Reconciling');
      if (reconciling !== undefined)
        conditions.markTrue('Reconciling', 'ProgressingWithRetry', reconciling.message);
      return result.afterMs === undefined
        ? retrying(new Error(result.message))
        : waiting(result.afterMs);
    }
  }
}

/**
 * Tells of news and of failures; of everything else in a way that alerts nobody.
 *
 * @param news what to tell instead of the condition's message
 */
export function tellOf(draft: Draft, before: Before, result: Result, news?: string): void {
  if (result.done !== 'success') {
    draft.tell({ severity: 'error', reason: result.reason, message: result.message });
    return;
  }
  const isNews = !before.isReady || news !== undefined || before.message !== result.message;
  draft.tell(
    isNews
      ? { severity: 'info', reason: 'Succeeded', message: news ?? result.message }
      : { severity: 'trace', reason: 'Succeeded', message: result.told },
  );
}
