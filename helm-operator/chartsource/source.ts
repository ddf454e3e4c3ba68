/** Where the chart of a HelmRelease comes from (spec helm-operator §2.2, §4). */
import type { HelmRelease } from '../../lib/objects/mod.ts';
import type { Chart } from '../../lib/helm/chart/mod.ts';
import { OperatorError } from '../errors.ts';

export type ChartSource =
  | {
      kind: 'git';
      url: string;
      ref: string;
      path: string;
      updateDependencies: boolean;
      secretRef: { name: string; namespace: string } | undefined;
    }
  | {
      kind: 'repository';
      url: string;
      name: string;
      version: string;
      pullSecret: string | undefined;
      /** The retired repository that was asked for, when `url` is its successor. */
      instead: string | undefined;
    };

export interface FetchedChart {
  chart: Chart;
  /** What `status.revision` shows: a commit, or the chart's version. */
  revision: string;
  /** Equal for equal charts, whatever commit they come from. */
  digest: string;
  /** The source has another chart than at the revision that was tried last. */
  changed: boolean;
  /** Reads a file of the chart for `chartFileRef`; `undefined` when there is none. Only charts from Git have files. */
  file: ((path: string) => Promise<Uint8Array | undefined>) | undefined;
}

const retiredRepository = /^https?:\/\/kubernetes-charts\.storage\.googleapis\.com\/?$/;
const successor = 'https://charts.helm.sh/stable';

/** Git when URL and path are there, else a repository when URL, name and version are. @throws OperatorError `ChartSourceInvalid` */
export function chartSourceOf(
  hr: HelmRelease,
  defaults: { ref: string; updateDependencies: boolean },
): ChartSource {
  const { chart } = hr.spec;
  if (chart.git && chart.path) {
    return {
      kind: 'git',
      url: chart.git,
      ref: chart.ref || defaults.ref,
      path: chart.path.replace(/^\.\/|\/+$/g, '') || '.',
      updateDependencies: defaults.updateDependencies && chart.skipDepUpdate !== true,
      secretRef:
        chart.secretRef === undefined
          ? undefined
          : {
              name: chart.secretRef.name,
              namespace: chart.secretRef.namespace || hr.metadata.namespace,
            },
    };
  }
  if (chart.repository && chart.name && chart.version) {
    const retired = retiredRepository.test(chart.repository);
    return {
      kind: 'repository',
      url: retired ? successor : chart.repository,
      name: chart.name,
      version: chart.version,
      pullSecret: chart.chartPullSecret?.name,
      instead: retired ? chart.repository : undefined,
    };
  }
  throw new OperatorError(
    'ChartSourceInvalid',
    `${hr.metadata.namespace}/${hr.metadata.name}`,
    'could not find valid chart source configuration for release: set chart.git and chart.path, or chart.repository, chart.name and chart.version',
  );
}
