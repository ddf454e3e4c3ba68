/** Faults of reading and editing manifests. */
import { Fault } from '../runtime/mod.ts';

export type ManifestReason =
  | 'ManifestUnparsable'
  | 'ManifestNotObject'
  | 'WorkloadNotFound'
  | 'ContainerNotFound'
  | 'PathNotFound'
  | 'EditNotVerified';

export class ManifestError extends Fault {
  declare readonly reason: ManifestReason;

  /** @param subject the file, with a line where one is known: `releases/dev/podinfo.yaml:12` */
  constructor(
    reason: ManifestReason,
    subject: string,
    message: string,
    options: { cause?: unknown } = {},
  ) {
    super(reason, 'stall', subject, message, options);
  }
}
