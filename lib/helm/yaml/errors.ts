/** Faults of reading and writing YAML and JSON; the messages are those of Go's libraries. */
import { Fault } from '../../runtime/mod.ts';

const nextByReason = {
  InvalidYaml: 'stall',
  InvalidJson: 'stall',
  UnsupportedValue: 'stall',
} as const;

export type YamlReason = keyof typeof nextByReason;

export class YamlError extends Fault {
  constructor(reason: YamlReason, message: string, options: { cause?: unknown } = {}) {
    super(reason, nextByReason[reason], 'document', message, options);
  }
}
