/** How a look at an object of image automation ends (fluxcd/pkg runtime/reconcile), and what is told of it. */
import { retrying, settled, stalled, waiting, requestedAtKey } from '../runtime/mod.ts';
import type { Draft, Outcome } from '../runtime/mod.ts';
import { ImageFailure } from './failure.ts';

export type Result =
  | {
      done: 'success';
      message: string;
      afterMs: number | undefined;
      /** To tell of when nothing is new. */
      told: string;
      /** To tell of instead of the message. */
      news?: string | undefined;
    }
  /** A person has to change something. */
  | { done: 'stalled'; reason: string; message: string }
  /** @param afterMs when it is known how soon it is worth another look */
  | { done: 'failed'; reason: string; message: string; afterMs?: number };

/** Shows that work has begun, where somebody waits for it. */
export async function announce(draft: Draft, whenRequested: boolean): Promise<void> {
  const { status, generation } = draft;
  const before = draft.conditions.get('Stalled');
  draft.conditions.markProgressing('reconciliation in progress', { drift: false });
  const observed = status['observedGeneration'] ?? 0;
  const requestedAt = draft.annotations[requestedAtKey] ?? '';
  if (observed !== generation || before !== undefined) {
    draft.conditions.markProgressing(
      `processing object: new generation ${String(observed)} -> ${generation}`,
      { drift: false },
    );
    await draft.save();
  } else if (whenRequested && requestedAt !== (status['lastHandledReconcileAt'] ?? ''))
    await draft.save();
}

/** One look at an object, from what was known before it to what is told after it. */
export async function lookAtImage(
  draft: Draft,
  signal: AbortSignal,
  look: () => Promise<Result>,
): Promise<Outcome> {
  const before = beforeLook(draft);
  let result: Result;
  try {
    result = await look();
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    result = resultOf(thrown);
  }
  tellOf(draft, before, result);
  return conclude(draft, result);
}

interface Before {
  isReady: boolean;
  message: string;
}

/** How it was before the look; an object that is worked on or stalled is not ready. */
const beforeLook = ({ conditions }: Draft): Before => ({
  isReady:
    conditions.isTrue('Ready') &&
    !conditions.isTrue('Reconciling') &&
    !conditions.isTrue('Stalled'),
  message: conditions.get('Ready')?.message ?? '',
});

function conclude(draft: Draft, result: Result): Outcome {
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

/** Tells of news and of failures; of everything else in a way that alerts nobody. */
function tellOf(draft: Draft, before: Before, result: Result): void {
  if (result.done !== 'success') {
    draft.tell({ severity: 'error', reason: result.reason, message: result.message });
    return;
  }
  const { news } = result;
  const isNews = !before.isReady || news !== undefined || before.message !== result.message;
  draft.tell(
    isNews
      ? { severity: 'info', reason: 'Succeeded', message: news ?? result.message }
      : { severity: 'trace', reason: 'Succeeded', message: result.told },
  );
}

/** @throws whatever is no failure of ours */
export function resultOf(thrown: unknown): Result {
  if (!(thrown instanceof ImageFailure)) throw thrown;
  const { reason, message, next, retryAfterMs } = thrown;
  if (next === 'stall') return { done: 'stalled', reason, message };
  return {
    done: 'failed',
    reason,
    message,
    ...(next === 'wait' && retryAfterMs !== undefined ? { afterMs: retryAfterMs } : {}),
  };
}
