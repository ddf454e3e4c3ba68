/** Faults of template functions; the messages are those of sprig and of Go's runtime. */
import { Fault } from '../../runtime/mod.ts';

const nextByReason = {
  /** A function refused its arguments, or the template called `fail`. */
  FunctionFailed: 'stall',
} as const;

export type SprigReason = keyof typeof nextByReason;

export class SprigError extends Fault {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('FunctionFailed', nextByReason.FunctionFailed, 'function', message, options);
  }
}
