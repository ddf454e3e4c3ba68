/** What the next upgrade of a HelmRelease would make of its release: rendered with the cluster at hand, stored nowhere. */
import { createHelmEngine } from '../../lib/helm/action/mod.ts';
import type { Chart } from '../../lib/helm/chart/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import type { FeatureGates } from '../runtime/mod.ts';
import { withRevision } from './chart-revision.ts';
import { postRendererOf } from './post-render.ts';
import { wantedRelease } from './wanted.ts';

export interface NextUpgradeOptions {
  kube: KubeClient;
  clock: Clock;
  /** The HelmRelease. */
  object: KubeObject;
  chart: Chart;
  /** Of the source that the chart comes from, where it tells of its content; '' for others. */
  revision: string;
  /** Those that the toolkit runs with. */
  gates: FeatureGates;
  signal: AbortSignal;
}

export interface NextUpgrade {
  releaseName: string;
  namespace: string;
  /** Manifest of the latest revision; '' when nothing is released yet. */
  before: string;
  after: string;
}

/** @throws ReleaseError `ValuesError`; HelmError when it cannot be rendered, or another operation is pending */
export async function nextUpgrade(options: NextUpgradeOptions): Promise<NextUpgrade> {
  const { kube, clock, object, revision, gates, signal } = options;
  const { spec, values } = await wantedRelease(object, kube, gates);
  const chart =
    revision === ''
      ? options.chart
      : withRevision(options.chart, revision, !gates.DisableChartDigestTracking).chart;
  const engine = createHelmEngine({ kube, clock, log: () => undefined });
  const { releaseName, releaseNamespace: namespace, storageNamespace } = spec;
  const target = { releaseName, namespace, storageNamespace };
  const latest = await engine.latest(target);
  const isReleased = latest !== undefined && latest.info.status !== 'uninstalled';
  const action = isReleased ? spec.upgrade : spec.install;
  const { disableHooks, disableOpenApiValidation, disableSchemaValidation } = action;
  const { takeOwnership, enableDns } = action;
  const common = {
    ...target,
    chart,
    values,
    signal,
    disableHooks,
    disableOpenApiValidation,
    skipSchemaValidation: disableSchemaValidation,
    takeOwnership,
    enableDns,
    dryRun: 'server' as const,
    postRenderer: postRendererOf(spec),
  };
  const next = isReleased
    ? await engine.upgrade({
        ...common,
        previousValues: spec.upgrade.preserveValues ? 'reuse' : 'reset',
      })
    : await engine.install({ ...common, replace: true });
  return {
    releaseName,
    namespace,
    before: isReleased ? latest.manifest : '',
    after: next.manifest,
  };
}
