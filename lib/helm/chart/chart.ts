/** A chart as a read-only value, whatever it was loaded from. */
import { cleanPath } from '../sprig/mod.ts';
import type { GoMap } from '../values/mod.ts';

export interface ChartFile {
  /** Relative to the chart, with forward slashes. */
  name: string;
  data: Uint8Array;
}

export interface ChartDependency {
  name: string;
  version?: string;
  repository?: string;
  condition?: string;
  tags?: string[];
  alias?: string;
  enabled?: boolean;
  importValues?: unknown[];
}

export interface ChartMetadata {
  apiVersion?: string;
  name: string;
  version: string;
  appVersion?: string;
  kubeVersion?: string;
  description?: string;
  type?: string;
  home?: string;
  icon?: string;
  sources?: string[];
  keywords?: string[];
  maintainers?: { name?: string; email?: string; url?: string }[];
  condition?: string;
  tags?: string;
  deprecated?: boolean;
  annotations?: Record<string, string>;
  dependencies?: ChartDependency[];
}

export interface ChartLock {
  generated?: string;
  digest?: string;
  dependencies?: ChartDependency[];
}

export interface Chart {
  metadata: ChartMetadata;
  lock: ChartLock | undefined;
  /** Defaults from values.yaml. */
  values: GoMap;
  /** There is no values.yaml, or it says nothing; Helm then stores `null` instead of an empty table. */
  noValues?: boolean;
  schema: Uint8Array | undefined;
  /** `templates/…`, in the order loaded. */
  templates: ChartFile[];
  /** Everything else, except sub-charts and the parsed files. */
  files: ChartFile[];
  /** Every file as loaded, for packaging. */
  raw: ChartFile[];
  dependencies: Chart[];
  /** Where Helm says that a sub-chart lies (`app/charts/db`); below its parent when left out. */
  path?: string;
}

/** @param parent path of the chart that holds it, if any does */
export function chartPath({ path, metadata }: Chart, parent?: string): string {
  return path ?? (parent === undefined ? metadata.name : `${parent}/charts/${metadata.name}`);
}

/** The path of a file of a chart; odd names of charts (`.`) leave no trace in it. */
export function joined(chart: string, file: string): string {
  return cleanPath(`${chart}/${file}`);
}
