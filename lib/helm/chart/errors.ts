/** Faults of charts, releases and the engine; the messages are Helm's own. */
import { Fault } from '../../runtime/mod.ts';
import type { FaultOptions, Next } from '../../runtime/mod.ts';

const nextByReason = {
  InvalidChart: 'stall',
  InvalidValues: 'stall',
  /** values.schema.json refuses the values. */
  SchemaViolated: 'stall',
  RenderFailed: 'stall',
  InvalidManifest: 'stall',
  IncompatibleCluster: 'stall',
  InvalidReleaseName: 'stall',
  ReleaseNotFound: 'stall',
  /** The name is taken, or the revision was written by somebody else first. */
  ReleaseExists: 'stall',
  NoDeployedRelease: 'stall',
  OperationInProgress: 'wait',
  CorruptRelease: 'stall',
  /** More than an object of the cluster may hold. */
  ReleaseTooLarge: 'stall',
  /** An object exists and belongs to something else. */
  NotOwned: 'stall',
  HookFailed: 'stall',
  /** The API server refused objects. */
  ApplyFailed: 'retry',
  NotReady: 'retry',
  ClusterUnreachable: 'retry',
  ChartNotFound: 'stall',
  DownloadFailed: 'retry',
  /** A signature is missing, wrong, or not to be had. */
  Unverified: 'stall',
} as const satisfies Record<string, Next>;

export type HelmReason = keyof typeof nextByReason;

export class HelmError extends Fault {
  declare readonly reason: HelmReason;

  constructor(reason: HelmReason, subject: string, message: string, options: FaultOptions = {}) {
    super(reason, nextByReason[reason], subject, message, options);
  }
}
