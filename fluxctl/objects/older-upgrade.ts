/** What the Helm Operator's next upgrade would make of a release: rendered with the cluster at hand, stored nowhere. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHelmEngine } from '../../lib/helm/action/mod.ts';
import { loadChartPath } from '../../lib/helm/fetch/mod.ts';
import type { KubeClient } from '../../lib/kube/mod.ts';
import { helmReleaseApiVersion, releaseNameOf, targetNamespaceOf } from '../../lib/objects/mod.ts';
import type { HelmRelease, KubeObject } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import type { CommandContext } from '../command.ts';
import { VerbFailed } from '../errors.ts';
import { givenSourceOf } from '../migrate/chart-source.ts';
import type { ChartSource } from '../migrate/chart-source.ts';
import { createCharts } from '../migrate/charts.ts';
import { olderValues } from '../migrate/older-values.ts';

export interface NextManifest {
  releaseName: string;
  namespace: string;
  /** Manifest of the latest revision; '' when nothing is released yet. */
  before: string;
  after: string;
}

export const isOlderRelease = (object: KubeObject): object is HelmRelease =>
  object.apiVersion === helmReleaseApiVersion &&
  object.kind === 'HelmRelease' &&
  isRecord(object['spec']);

/**
 * @param chartPath a folder or an archive in place of the chart's source; '' for that
 * @throws Fault when chart or values cannot be had, or it cannot be rendered
 */
export async function nextOlderUpgrade(
  { clock, env }: Pick<CommandContext, 'clock' | 'env'>,
  kube: KubeClient,
  hr: HelmRelease,
  chartPath: string,
): Promise<NextManifest> {
  const workFolder = await mkdtemp(path.join(tmpdir(), 'fluxctl-diff'));
  try {
    const { chart, file } =
      chartPath === ''
        ? await createCharts({ reader: kube, clock, env, workFolder }).load(sourceOf(hr))
        : {
            chart: await loadChartPath(chartPath),
            file: (name: string) => readFile(path.join(chartPath, name)),
          };
    const values = await olderValues(kube, env)(hr, file);
    const engine = createHelmEngine({ kube, clock, log: () => undefined, servedApis: true });
    const target = { releaseName: releaseNameOf(hr), namespace: targetNamespaceOf(hr) };
    const latest = await engine.latest(target);
    const common = {
      ...target,
      chart,
      values,
      dryRun: 'server' as const,
      disableOpenApiValidation: hr.spec.disableOpenAPIValidation === true,
    };
    if (latest === undefined || latest.info.status === 'uninstalled') {
      const { manifest } = await engine.install({ ...common, replace: true });
      return { ...target, before: '', after: manifest };
    }
    const { manifest } = await engine.upgrade({
      ...common,
      previousValues: hr.spec.resetValues === false ? 'reuse' : 'reset',
    });
    return { ...target, before: latest.manifest, after: manifest };
  } finally {
    await rm(workFolder, { recursive: true, force: true });
  }
}

/** The operator's own default for charts of Git without a `ref`. */
const defaultRef = 'master';

function sourceOf(hr: HelmRelease): ChartSource {
  const source = givenSourceOf(hr, defaultRef);
  if (source !== undefined) return source;
  throw new VerbFailed(`the chart of HelmRelease ${hr.metadata.name} has no source`, 2);
}
