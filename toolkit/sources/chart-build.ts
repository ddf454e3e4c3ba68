/** What building a chart comes to, and what may go wrong (source-controller internal/helm/chart). */
import { Fault, messageOf } from '../../lib/runtime/mod.ts';
import type { Next } from '../../lib/runtime/mod.ts';
import type { Chart } from '../../lib/helm/chart/mod.ts';
import { formatVersion, parseVersion } from '../../lib/policy/mod.ts';
import { overlayValues } from '../../lib/helm/chart/mod.ts';
import type { GoMap } from '../../lib/helm/values/mod.ts';
import { parseYamlMap, toYaml } from '../../lib/helm/yaml/mod.ts';
import type { FailureCondition } from './failure.ts';
import type { Verdict } from './verification.ts';

export interface ChartBuild {
  name: string;
  version: string;
  /** Packed anew, or as it came. */
  packaged: boolean;
  /** Those that were merged. */
  valuesFiles: readonly string[];
  /** The archive; `undefined` when the stored one is still right. */
  archive: Uint8Array | undefined;
  /** Absent when no signature is asked for. */
  verdict?: Verdict;
}

export interface ChartBuildOptions {
  /** Behind a `+` in the version; '' for none. */
  versionMetadata: string;
  valuesFiles: readonly string[];
  ignoreMissingValuesFiles: boolean;
  /** The chart that is stored and was built from the same spec: not built again when its version is the one wanted. */
  stored: { name: string; version: string; valuesFiles: readonly string[] | undefined } | undefined;
}

const byReason = {
  InvalidChartReference: ['invalid chart reference', 'FetchFailed', 'stall'],
  ChartPullError: ['chart pull error', 'FetchFailed', 'retry'],
  MetadataPatchError: ['chart metadata patch error', 'BuildFailed', 'stall'],
  ValuesFilesError: ['values files merge error', 'BuildFailed', 'stall'],
  DependencyBuildError: ['dependency build error', 'BuildFailed', 'retry'],
  ChartVerificationError: ['chart verification error', 'BuildFailed', 'retry'],
  ChartPackageError: ['chart package error', 'BuildFailed', 'retry'],
  Unknown: ['unknown build error', 'FetchFailed', 'retry'],
} as const satisfies Record<string, readonly [string, FailureCondition, Next]>;

export type BuildReason = keyof typeof byReason;

export class BuildError extends Fault {
  declare readonly reason: BuildReason;
  readonly condition: FailureCondition;

  constructor(reason: BuildReason, cause: unknown) {
    const [summary, condition, next] = byReason[reason];
    super(reason, next, 'chart', `${summary}: ${messageOf(cause)}`, { cause });
    this.condition = condition;
  }
}

/** Why a repository or registry has no such version; `reason` is that of the build that asked for it. */
export class NoChartVersion extends Fault {
  declare readonly reason: 'InvalidChartReference' | 'ChartPullError';

  constructor(reason: NoChartVersion['reason'], message: string, cause?: unknown) {
    super(reason, byReason[reason][2], 'chart', message, { cause });
  }
}

/** `pulled 'x' chart with version '1.0.0'`, with the values files when some were merged. */
export function summaryOf({ packaged, name, version, valuesFiles }: ChartBuild): string {
  const merged =
    valuesFiles.length === 0 ? '' : ` and merged values files [${valuesFiles.join(' ')}]`;
  return `${packaged ? 'packaged' : 'pulled'} '${name}' chart with version '${version}'${merged}`;
}

/** `values.yaml` alone is what a chart has anyway. */
export function effectiveValuesFiles(files: readonly string[]): readonly string[] {
  return files.length === 1 && files[0]?.replace(/^(\.\/)+/, '') === 'values.yaml' ? [] : files;
}

/** @throws BuildError `MetadataPatchError` */
export function versionWith(version: string, metadata: string): string {
  if (metadata === '') return version;
  const parsed = parseVersion(version);
  if (parsed !== undefined) return formatVersion({ ...parsed, metadata });
  throw new BuildError(
    'MetadataPatchError',
    new Error('failed to parse version from chart metadata as SemVer: Invalid Semantic Version'),
  );
}

/**
 * Merges values files in their order.
 *
 * @param read the text of a file, `undefined` when there is none
 * @throws BuildError `ValuesFilesError`
 */
export async function mergeValuesFiles(
  files: readonly string[],
  ignoreMissing: boolean,
  read: (file: string) => Promise<string | undefined>,
  missing: (file: string) => string,
): Promise<{ values: GoMap; used: string[] }> {
  let values: GoMap = new Map();
  const used: string[] = [];
  for (const file of files) {
    const text = await read(file);
    if (text === undefined) {
      if (ignoreMissing) continue;
      throw new BuildError('ValuesFilesError', new Error(missing(file)));
    }
    let above: GoMap;
    try {
      above = parseYamlMap(text);
    } catch (cause) {
      throw new BuildError(
        'ValuesFilesError',
        new Error(`unmarshaling values from '${file}' failed: ${messageOf(cause)}`, { cause }),
      );
    }
    values = overlayValues(values, above);
    used.push(file);
  }
  return { values, used };
}

/**
 * The chart with these default values in the place of its own.
 *
 * @throws BuildError `ValuesFilesError` when it has none to replace
 */
export function withDefaultValues(chart: Chart, values: GoMap): Chart {
  const data = Buffer.from(values.size === 0 ? '' : toYaml(values));
  if (!chart.raw.some(({ name }) => name === 'values.yaml')) {
    throw new BuildError(
      'ValuesFilesError',
      new Error('failed to locate values file: values.yaml'),
    );
  }
  return {
    ...chart,
    values,
    raw: chart.raw.map((file) => (file.name === 'values.yaml' ? { ...file, data } : file)),
  };
}
