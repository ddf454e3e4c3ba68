/** `status.history`: what was tried lately, by the digest of the manifests and how it ended. Pure. */
import { formatDuration } from '../../lib/runtime/mod.ts';
import { Fields, secondsOf } from '../runtime/mod.ts';

const kept = 5;

export interface Attempt {
  digest: string;
  at: Date;
  durationMs: number;
  /** The reason of the Ready condition. */
  status: string;
  metadata: Readonly<Record<string, string>>;
}

/** The newest first; an attempt that ended as one before it is counted with that one. */
export function addToHistory(history: unknown, attempt: Attempt): Record<string, unknown>[] {
  const { digest, status, metadata } = attempt;
  const entries = new Fields({ history }).each('history');
  const isSame = (each: Fields) =>
    each.text('digest') === digest && each.text('lastReconciledStatus') === status;
  const before = entries.find(isSame);
  const now = secondsOf(attempt.at);
  const entry = {
    digest,
    firstReconciled: before?.text('firstReconciled') ?? now,
    lastReconciled: now,
    lastReconciledDuration: formatDuration(attempt.durationMs),
    lastReconciledStatus: status,
    totalReconciliations: (before?.count('totalReconciliations') ?? 0) + 1,
    metadata: { ...metadata },
  };
  const others = entries.filter((each) => each !== before).map(({ value }) => ({ ...value }));
  return [entry, ...others].slice(0, kept);
}
