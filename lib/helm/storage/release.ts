/** A release as Helm 3 stores it (spec helm-engine, "Release storage"). */
import type { ChartMetadata, ChartFile, ChartLock } from '../chart/mod.ts';
import type { GoMap } from '../values/mod.ts';

export const releaseStatuses = [
  'unknown',
  'deployed',
  'uninstalled',
  'superseded',
  'failed',
  'uninstalling',
  'pending-install',
  'pending-upgrade',
  'pending-rollback',
] as const;

export type ReleaseStatus = (typeof releaseStatuses)[number];

export interface ReleaseHook {
  name: string;
  kind: string;
  path: string;
  manifest: string;
  events: string[];
  weight: number;
  deletePolicies: string[];
  outputLogPolicies: string[];
  lastRun: {
    startedAt: string;
    completedAt: string;
    phase: '' | 'Unknown' | 'Running' | 'Succeeded' | 'Failed';
  };
}

/** The chart as far as a release keeps it: dependencies are not stored. */
export interface StoredChart {
  metadata: ChartMetadata;
  lock: ChartLock | undefined;
  templates: ChartFile[];
  values: GoMap;
  /** Stored as `null`: the chart has no values of its own. */
  noValues?: boolean;
  schema: Uint8Array | undefined;
  files: ChartFile[];
}

/** How Helm 4 notes that objects were applied: by the server, or by patches of the client. */
export type ApplyMethod = 'ssa' | 'csa';

export interface Release {
  name: string;
  namespace: string;
  /** The revision. */
  version: number;
  info: {
    /** RFC 3339; '' when never. */
    firstDeployed: string;
    lastDeployed: string;
    deleted: string;
    description: string;
    status: ReleaseStatus;
    notes: string;
  };
  chart: StoredChart;
  /** User-supplied values. */
  config: GoMap;
  manifest: string;
  hooks: ReleaseHook[];
  labels: Record<string, string>;
  /** Not noted by Helm 3, which patches. */
  applyMethod?: ApplyMethod;
}
