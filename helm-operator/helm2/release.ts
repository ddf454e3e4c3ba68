/** A release as Helm 2 stores it, made one of Helm 3, with everything that the `helm 2to3` plugin (0.8.2) keeps. Pure. */
import { gunzipSync } from 'node:zlib';
import type { ChartMetadata } from '../../lib/helm/chart/mod.ts';
import type {
  Release,
  ReleaseHook,
  ReleaseStatus,
  StoredChart,
} from '../../lib/helm/storage/mod.ts';
import type { GoMap } from '../../lib/helm/values/mod.ts';
import { parseYamlMap } from '../../lib/helm/yaml/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { OperatorError } from '../errors.ts';
import { readMessage } from './protobuf.ts';
import type { Message } from './protobuf.ts';

/**
 * @param text base64 of gzip of a `hapi.release.Release` (k8s.io/helm v2.17.0 pkg/proto/hapi)
 * @param record its name, for messages
 * @throws OperatorError `CorruptHelm2Release`
 */
export function readHelm2Release(text: string, record: string): Release {
  try {
    const zipped = Buffer.from(text, 'base64');
    return releaseFrom(readMessage(gunzipSync(zipped, { maxOutputLength: maxBytes })));
  } catch (cause) {
    throw new OperatorError(
      'CorruptHelm2Release',
      record,
      `the record ${record} of Helm v2 cannot be read: ${messageOf(cause)}`,
      { cause },
    );
  }
}

const maxBytes = 256 * 1024 * 1024;

const statuses: readonly ReleaseStatus[] = [
  'unknown',
  'deployed',
  'uninstalled',
  'superseded',
  'failed',
  'uninstalling',
  'pending-install',
  'pending-upgrade',
  'pending-rollback',
];
const hookEvents = [
  'unknown',
  'pre-install',
  'post-install',
  'pre-delete',
  'post-delete',
  'pre-upgrade',
  'post-upgrade',
  'pre-rollback',
  'post-rollback',
  'test',
  'test',
  'crd-install',
] as const;
const deletePolicies = ['hook-succeeded', 'hook-failed', 'before-hook-creation'] as const;
const runPhases = ['Unknown', 'Succeeded', 'Failed', 'Running'] as const;

function releaseFrom(release: Message): Release {
  const [info, chart] = [release.message(2), release.message(3)];
  if (info === undefined || chart === undefined) throw new RangeError('it has no chart or status');
  const status = info.message(1);
  const runs = status?.message(5)?.messages(3) ?? [];
  return {
    name: release.text(1),
    namespace: release.text(8),
    version: release.number(7),
    info: {
      firstDeployed: timeOf(info.message(2)),
      lastDeployed: timeOf(info.message(3)),
      deleted: timeOf(info.message(4)),
      description: info.text(5),
      status: known(statuses, status?.number(1) ?? 0, 'status'),
      notes: status?.text(4) ?? '',
    },
    chart: chartFrom(chart),
    config: valuesFrom(release.message(4)),
    manifest: release.text(5),
    hooks: release.messages(6).map((hook) => hookFrom(hook, runs)),
    labels: {},
  };
}

/** Dependencies are left out, as Helm 3 stores none. */
function chartFrom(chart: Message): StoredChart {
  const values = chart.message(4);
  return {
    metadata: metadataFrom(chart.message(1)),
    lock: undefined,
    templates: chart.messages(2).map((file) => ({ name: file.text(1), data: file.bytes(2) })),
    values: valuesFrom(values),
    ...(values === undefined ? { noValues: true } : {}),
    schema: undefined,
    files: chart.messages(5).map((file) => ({ name: file.text(1), data: file.bytes(2) })),
  };
}

const metadataTexts = [
  ['home', 2],
  ['description', 5],
  ['icon', 9],
  ['apiVersion', 10],
  ['condition', 11],
  ['tags', 12],
  ['appVersion', 13],
  ['kubeVersion', 17],
] as const;

function metadataFrom(from: Message | undefined): ChartMetadata {
  const metadata: ChartMetadata = {
    name: from?.text(1) ?? '',
    version: from?.text(4) ?? '',
    type: 'application',
  };
  if (from === undefined) return metadata;
  for (const [key, field] of metadataTexts) {
    const text = from.text(field);
    if (text !== '') metadata[key] = text;
  }
  const [sources, keywords] = [from.texts(3), from.texts(6)];
  if (sources.length > 0) metadata.sources = sources;
  if (keywords.length > 0) metadata.keywords = keywords;
  const maintainers = from.messages(7);
  if (maintainers.length > 0) metadata.maintainers = maintainers.map(maintainerFrom);
  const annotations = from.messages(16);
  if (annotations.length > 0) {
    const pairs = annotations.map((pair) => [pair.text(1), pair.text(2)] as const);
    metadata.annotations = Object.fromEntries(pairs);
  }
  if (from.number(14) !== 0) metadata.deprecated = true;
  return metadata;
}

function maintainerFrom(from: Message): Record<string, string> {
  const pairs = [
    ['name', from.text(1)],
    ['email', from.text(2)],
    ['url', from.text(3)],
  ] as const;
  return Object.fromEntries(pairs.filter(([, text]) => text !== ''));
}

function hookFrom(hook: Message, runs: readonly Message[]): ReleaseHook {
  const run = runs.find((each) => each.text(1) === hook.text(1));
  return {
    name: hook.text(1),
    kind: hook.text(2),
    path: hook.text(3),
    manifest: hook.text(4),
    events: hook.numbers(5).map((event) => known(hookEvents, event, 'hook event')),
    weight: hook.number(7),
    deletePolicies: hook
      .numbers(8)
      .map((policy) => known(deletePolicies, policy, 'hook delete policy')),
    outputLogPolicies: [],
    lastRun: {
      startedAt: timeOf(run?.message(4)),
      completedAt: timeOf(run?.message(5)),
      phase: run === undefined ? '' : known(runPhases, run.number(2), 'test status'),
    },
  };
}

const valuesFrom = (config: Message | undefined): GoMap => parseYamlMap(config?.text(1) ?? '');

/** RFC 3339 with as many decimals as it has, as Go prints it; '' for never. */
function timeOf(timestamp: Message | undefined): string {
  if (timestamp === undefined) return '';
  const seconds = new Date(timestamp.number(1) * 1000).toISOString().slice(0, 19);
  const fraction = String(timestamp.number(2)).padStart(9, '0').replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`}Z`;
}

function known<T extends string>(names: readonly T[], at: number, what: string): T {
  const name = names[at];
  if (name === undefined) throw new RangeError(`unknown ${what} ${at}`);
  return name;
}
