/** Faults of a build; where the original program has a message, it is that one. */
import { Fault } from '../runtime/mod.ts';

const nextByReason = {
  /** The kustomization or one of its files is wrong. */
  BuildFailed: 'stall',
  /** Something outside the files at hand is named: a Git or HTTP address. */
  RemoteRefused: 'stall',
  /** A plugin, a function or a Helm chart is asked for, which would run a program. */
  PluginRefused: 'stall',
  /** A server answered with another status than success; no clone is tried. */
  HttpFailed: 'retry',
  /** The git program took too long. */
  TimedOut: 'retry',
} as const;

export type KustomizeReason = keyof typeof nextByReason;

export class KustomizeError extends Fault {
  declare readonly reason: KustomizeReason;

  constructor(reason: KustomizeReason, message: string, options: { cause?: unknown } = {}) {
    super(reason, nextByReason[reason], 'kustomization', message, options);
  }
}

/** A build that failed for what is in the files. */
export function failure(message: string): KustomizeError {
  return new KustomizeError('BuildFailed', message);
}

/** The same fault with what was attempted in front of its message; anything but a fault is passed on as it is. */
export function prefixed(prefix: string, thrown: unknown): unknown {
  if (!(thrown instanceof Fault)) return thrown;
  const reason = thrown instanceof KustomizeError ? thrown.reason : 'BuildFailed';
  return new KustomizeError(reason, `${prefix}: ${thrown.message}`, { cause: thrown });
}

/** Runs a step; a fault of it gets the prefix. */
export function within<T>(prefix: string | (() => string), step: () => T): T {
  try {
    return step();
  } catch (thrown) {
    throw prefixed(typeof prefix === 'string' ? prefix : prefix(), thrown);
  }
}
