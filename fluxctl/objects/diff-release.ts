/** `fluxctl diff helmrelease`: what the next upgrade of a release would change. */
import { loadChart } from '../../lib/helm/chart/mod.ts';
import type { Chart } from '../../lib/helm/chart/mod.ts';
import { loadChartPath, unpackArchive } from '../../lib/helm/fetch/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { messageOf } from '../../lib/runtime/mod.ts';
import { createArtifactReader, readArtifact } from '../../toolkit/artifacts/mod.ts';
import { hasRevisionDigest, nextUpgrade } from '../../toolkit/helmrelease/mod.ts';
import { readFeatureGates } from '../../toolkit/runtime/mod.ts';
import type { CommandContext } from '../command.ts';
import { compare, releaseState } from '../diff/compare.ts';
import type { Difference } from '../diff/compare.ts';
import { VerbFailed } from '../errors.ts';
import { find, servedVersion } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { groups } from './kind.ts';
import type { FluxKind } from './kind.ts';
import { kinds } from './kinds.ts';
import { isOlderRelease, nextOlderUpgrade } from './older-upgrade.ts';
import type { NextManifest } from './older-upgrade.ts';
import { at, textAt } from './read.ts';

export interface DiffReleaseOptions {
  name: string;
  of: readonly FluxKind[];
  /** A folder or an archive in place of the chart that the source has; '' for that one. */
  chart: string;
  /** `host:port` that artifacts are had at, in place of the cluster's own; '' for none. */
  sourceAddress: string;
  /** Those that the toolkit runs with, as its flag has them; '' for none. */
  featureGates: string;
  showSecrets: boolean;
}

/** @throws VerbFailed with status 2 when it cannot be rendered */
export async function diffRelease(
  context: CommandContext,
  cluster: Cluster,
  options: DiffReleaseOptions,
): Promise<Difference[]> {
  const { kube } = cluster;
  const { ref } = await find(cluster, options.of, options.name);
  const object = await kube.get(ref);
  if (object === undefined) throw new VerbFailed(`HelmRelease ${options.name} is gone`, 2);
  if (at(object, 'spec', 'kubeConfig') !== undefined)
    throw new VerbFailed('diff is not supported for remote clusters', 2);
  const signal = context.signal ?? AbortSignal.timeout(context.timeoutMs);
  try {
    const next = await nextOf(context, cluster, object, options, signal);
    const state = (manifest: string) =>
      releaseState([{ name: next.releaseName, namespace: next.namespace, manifest }]);
    return compare(state(next.before), state(next.after), options.showSecrets);
  } catch (thrown) {
    throw thrown instanceof VerbFailed ? thrown : new VerbFailed(messageOf(thrown), 2);
  }
}

/** By the engine of the generation that the object is of. */
async function nextOf(
  context: CommandContext,
  cluster: Cluster,
  object: KubeObject,
  options: DiffReleaseOptions,
  signal: AbortSignal,
): Promise<NextManifest> {
  const { kube } = cluster;
  const { clock } = context;
  const gates = readFeatureGates(options.featureGates);
  if (isOlderRelease(object)) return nextOlderUpgrade(context, kube, object, options.chart);
  const { chart, revision } = await chartOf(context, cluster, object, options, signal);
  return nextUpgrade({ kube, clock, object, chart, revision, gates, signal });
}

async function chartOf(
  { clock }: CommandContext,
  { kube }: Cluster,
  object: KubeObject,
  { chart: local, sourceAddress }: DiffReleaseOptions,
  signal: AbortSignal,
): Promise<{ chart: Chart; revision: string }> {
  if (local !== '') return { chart: await loadChartPath(local), revision: '' };
  const source = await sourceOf(kube, object);
  const artifact = readArtifact(at(source, 'status', 'artifact'));
  if (artifact === undefined)
    throw new VerbFailed(`${source.kind} ${source.metadata.name ?? ''} has no artifact yet`, 2);
  const url = new URL(artifact.url);
  if (sourceAddress !== '') url.host = sourceAddress;
  const read = createArtifactReader({ store: undefined, clock, attempts: 1, timeoutMs: 30_000 });
  let data: Uint8Array;
  try {
    data = await read({ ...artifact, url: url.href }, signal);
  } catch (thrown) {
    throw new VerbFailed(
      `${messageOf(thrown)}\nforward the port of the Service to here and name it with --source-address, or give the chart with --chart`,
      2,
    );
  }
  return {
    chart: loadChart(unpackArchive(data), { unpack: unpackArchive }),
    revision: hasRevisionDigest(source.kind, artifact.revision) ? artifact.revision : '',
  };
}

/** What holds the chart: what `chartRef` names, or the HelmChart made of the template. */
async function sourceOf(kube: Cluster['kube'], object: KubeObject): Promise<KubeObject> {
  const { namespace: own = '' } = object.metadata;
  const [chartNamespace = '', chartName = ''] = textAt(object, 'status', 'helmChart').split('/');
  const name = textAt(object, 'spec', 'chartRef', 'name');
  const kind = name === '' ? 'HelmChart' : textAt(object, 'spec', 'chartRef', 'kind');
  const namespace =
    name === '' ? chartNamespace : textAt(object, 'spec', 'chartRef', 'namespace') || own;
  const of = kinds.find((each) => each.kind === kind && each.group === groups.source);
  const apiVersion = of === undefined ? undefined : await servedVersion(kube, of);
  const source =
    apiVersion === undefined || (name || chartName) === ''
      ? undefined
      : await kube.get({ apiVersion, kind, namespace, name: name || chartName });
  if (source === undefined) throw new VerbFailed(`no ${kind} has the chart yet`, 2);
  return { ...source, kind };
}
