/** Faults of reading and writing YAML and JSON; the messages are those of Go's libraries. */
import { Fault } from '../../runtime/mod.ts';

const nextByReason = {
  InvalidYaml: 'stall',
  InvalidJson: 'stall',
  UnsupportedValue: 'stall',
} as const;

export type YamlReason = keyof typeof nextByReason;

export class YamlError extends Fault {
  /** As yaml/v3 says it, where it gives another line than v2: that where the thing began, not where it went wrong. */
  readonly newerMessage: string;

  constructor(
    reason: YamlReason,
    message: string,
    options: { cause?: unknown; newerMessage?: string } = {},
  ) {
    super(reason, nextByReason[reason], 'document', message, options);
    this.newerMessage = options.newerMessage ?? message;
  }
}
