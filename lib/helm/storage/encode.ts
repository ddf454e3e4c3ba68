/** A release to the text of `data.release` and back (helm 3.19 pkg/storage/driver/util.go and the json tags of pkg/release). */
import { gunzipSync, gzipSync } from 'node:zlib';
import { messageOf } from '../../runtime/mod.ts';
import { HelmError } from '../chart/mod.ts';
import type { ChartDependency, ChartFile, ChartLock, ChartMetadata } from '../chart/mod.ts';
import { GoInt } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { JsonFields, parseJson, writeJson } from '../yaml/mod.ts';
import type { JsonMarshaler } from '../yaml/mod.ts';
import { GoObject } from '../values/mod.ts';
import { readRelease } from './decode.ts';
import type { Release, ReleaseHook } from './release.ts';

/** Base64 of the compressed JSON; a Secret's `data` encodes it once more. */
export function encodeRelease(release: Release): string {
  return gzipSync(releaseJson(release), { level: 9 }).toString('base64');
}

/**
 * Reads what `encodeRelease` or Helm wrote (also the uncompressed form of early versions).
 *
 * @param labels custom labels of the Secret; they are not in the text
 * @throws HelmError `CorruptRelease`
 */
export function decodeRelease(text: string, labels: Record<string, string> = {}): Release {
  try {
    const bytes = Buffer.from(text, 'base64');
    const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08;
    const json = (zipped ? gunzipSync(bytes, { maxOutputLength: maxBytes }) : bytes).toString();
    return readRelease(parseJson(json), labels);
  } catch (cause) {
    if (cause instanceof HelmError) throw cause;
    throw new HelmError(
      'CorruptRelease',
      'release',
      `failed to decode release: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** A Secret holds one MiB; compressed text grows by less than this factor. */
const maxBytes = 256 * 1024 * 1024;

/**
 * @param options.withoutChart as `helm status` shows it
 * @param options.resources objects by version and kind, as `helm status --show-resources` shows them
 */
export function releaseJson(
  release: Release,
  options: {
    withoutChart?: boolean;
    resources?: ReadonlyMap<string, readonly GoValue[]>;
  } = {},
): string {
  const { info, chart } = release;
  return writeJson(
    struct([
      ...text('name', release.name),
      [
        'info',
        struct([
          ['first_deployed', info.firstDeployed],
          ['last_deployed', info.lastDeployed],
          ['deleted', info.deleted],
          ...text('description', info.description),
          ['status', info.status],
          ...text('notes', info.notes),
          ...(options.resources === undefined || options.resources.size === 0
            ? []
            : [
                [
                  'resources',
                  new Map([...options.resources].map(([key, list]) => [key, [...list]])),
                ] as const,
              ]),
        ]),
      ],
      ...(options.withoutChart === true
        ? []
        : [
            [
              'chart',
              struct([
                ['metadata', metadataFields(chart.metadata)],
                ['lock', chart.lock === undefined ? null : lockFields(chart.lock)],
                ['templates', filesOrNull(chart.templates)],
                ['values', chart.noValues === true ? null : chart.values],
                ['schema', chart.schema ?? null],
                ['files', filesOrNull(chart.files)],
              ]),
            ] as const,
          ]),
      ...(release.config.size === 0 ? [] : [['config', release.config] as const]),
      ...text('manifest', release.manifest),
      ...(release.hooks.length === 0 ? [] : [['hooks', release.hooks.map(hookFields)] as const]),
      ...int('version', release.version),
      ...text('namespace', release.namespace),
      ...text('apply_method', release.applyMethod),
    ]),
  );
}

export type Field = readonly [string, GoValue];

/** Named fields in a fixed order. */
class Struct extends GoObject implements JsonMarshaler {
  readonly goType = 'struct';
  readonly #fields: readonly Field[];

  constructor(fields: readonly Field[]) {
    super();
    this.#fields = fields;
  }

  toJsonValue(): JsonFields {
    return new JsonFields(this.#fields);
  }
}

const struct = (fields: readonly Field[]) => new Struct(fields);

function text(name: string, value: string | undefined): Field[] {
  return value === undefined || value === '' ? [] : [[name, value]];
}

function int(name: string, value: number): Field[] {
  return value === 0 ? [] : [[name, GoInt.int(value)]];
}

function texts(name: string, value: readonly string[] | undefined): Field[] {
  return value === undefined || value.length === 0 ? [] : [[name, [...value]]];
}

function flag(name: string, value: boolean | undefined): Field[] {
  return value === true ? [[name, true]] : [];
}

function filesOrNull(files: readonly ChartFile[]): GoValue {
  if (files.length === 0) return null;
  return files.map((file) =>
    struct([
      ['name', file.name],
      ['data', file.data],
    ]),
  );
}

export const metadataFields = (metadata: ChartMetadata): GoValue =>
  struct(metadataFieldList(metadata));

/** The fields of Chart.yaml in the order of Helm's struct, empty ones left out. */
export function metadataFieldList(metadata: ChartMetadata): readonly Field[] {
  return [
    ...text('name', metadata.name),
    ...text('home', metadata.home),
    ...texts('sources', metadata.sources),
    ...text('version', metadata.version),
    ...text('description', metadata.description),
    ...texts('keywords', metadata.keywords),
    ...(metadata.maintainers === undefined || metadata.maintainers.length === 0
      ? []
      : [
          [
            'maintainers',
            metadata.maintainers.map((maintainer) =>
              struct([
                ...text('name', maintainer.name),
                ...text('email', maintainer.email),
                ...text('url', maintainer.url),
              ]),
            ),
          ] as const,
        ]),
    ...text('icon', metadata.icon),
    ...text('apiVersion', metadata.apiVersion),
    ...text('condition', metadata.condition),
    ...text('tags', metadata.tags),
    ...text('appVersion', metadata.appVersion),
    ...flag('deprecated', metadata.deprecated),
    ...(metadata.annotations === undefined || Object.keys(metadata.annotations).length === 0
      ? []
      : [['annotations', new Map(Object.entries(metadata.annotations))] as const]),
    ...text('kubeVersion', metadata.kubeVersion),
    ...(metadata.dependencies === undefined || metadata.dependencies.length === 0
      ? []
      : [['dependencies', metadata.dependencies.map(dependencyFields)] as const]),
    ...text('type', metadata.type),
  ];
}

export function dependencyFields(dependency: ChartDependency): GoValue {
  return struct([
    ['name', dependency.name],
    ...text('version', dependency.version),
    ['repository', dependency.repository ?? ''],
    ...text('condition', dependency.condition),
    ...texts('tags', dependency.tags),
    ...flag('enabled', dependency.enabled),
    ...(dependency.importValues === undefined || dependency.importValues.length === 0
      ? []
      : [['import-values', dependency.importValues as GoValue[]] as const]),
    ...text('alias', dependency.alias),
  ]);
}

export function lockFields(lock: ChartLock): GoValue {
  return struct([
    ['generated', lock.generated ?? '0001-01-01T00:00:00Z'],
    ['digest', lock.digest ?? ''],
    ['dependencies', lock.dependencies?.map(dependencyFields) ?? null],
  ]);
}

function hookFields(hook: ReleaseHook): GoValue {
  return struct([
    ...text('name', hook.name),
    ...text('kind', hook.kind),
    ...text('path', hook.path),
    ...text('manifest', hook.manifest),
    ...texts('events', hook.events),
    [
      'last_run',
      struct([
        ['started_at', hook.lastRun.startedAt],
        ['completed_at', hook.lastRun.completedAt],
        ['phase', hook.lastRun.phase],
      ]),
    ],
    ...int('weight', hook.weight),
    ...texts('delete_policies', hook.deletePolicies),
    ...texts('output_log_policies', hook.outputLogPolicies),
  ]);
}
