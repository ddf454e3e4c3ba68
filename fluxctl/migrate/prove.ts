/** Shows that both generations make the same of a release, before anything is switched. */
import { changesTo, chartRenderer, createHelmEngine } from '../../lib/helm/action/mod.ts';
import {
  defaultCapabilities,
  overlayValues,
  processDependencies,
} from '../../lib/helm/chart/mod.ts';
import type { Chart } from '../../lib/helm/chart/mod.ts';
import type { GoMap } from '../../lib/helm/values/mod.ts';
import { parseYamlMap, writeJson } from '../../lib/helm/yaml/mod.ts';
import type { KubeClient, KubeReader } from '../../lib/kube/mod.ts';
import { claimOfV1, claimOfV2, isSameRelease } from '../../lib/objects/mod.ts';
import type { StoredRelease } from '../../lib/objects/mod.ts';
import { isRecord, messageOf } from '../../lib/runtime/mod.ts';
import type { Clock } from '../../lib/runtime/mod.ts';
import { wantedRelease } from '../../toolkit/helmrelease/mod.ts';
import { unifiedDiff } from '../diff/lines.ts';
import type { Charts, LoadedChart } from './charts.ts';
import { olderValues } from './older-values.ts';
import type { PlannedRelease } from './releases.ts';

export interface Proof {
  /** How it was compared, for people. */
  compared: string;
  /** Why the release must not be switched; '' when nothing speaks against it. */
  problem: string;
  /** What would change, as `diff -u` shows it; Secrets are not shown. */
  diff: string;
}

export interface Prover {
  prove(planned: PlannedRelease): Promise<Proof>;
}

export interface ProverOptions {
  charts: Charts;
  /** ConfigMaps and Secrets with values. */
  reader: KubeReader;
  /** `undefined`: there is none to compare with. */
  cluster: KubeClient | undefined;
  clock: Clock;
  env: Readonly<Record<string, string | undefined>>;
}

export function createProver(options: ProverOptions): Prover {
  const { cluster, clock, reader } = options;
  const render = chartRenderer(clock, cluster);
  const engine =
    cluster === undefined
      ? undefined
      : createHelmEngine({ kube: cluster, clock, log: () => undefined, servedApis: true });
  const valuesOf = olderValues(reader, options.env);

  const storedOf = async ({ namespace, name }: StoredRelease) =>
    engine?.latest({ releaseName: name, namespace });

  /** The chart as its source has it, or as the release keeps it, when that is all of it. */
  const chartOf = async (planned: PlannedRelease): Promise<LoadedChart & { from: string }> => {
    const { source, release } = planned.converted;
    if (source === undefined) throw new TypeError('a release without a source is refused before');
    try {
      return { ...(await options.charts.load(source)), from: source.url };
    } catch (thrown) {
      const stored = await storedOf(release);
      const isWhole =
        stored !== undefined && (stored.chart.metadata.dependencies ?? []).length === 0;
      if (!isWhole) throw thrown;
      return {
        chart: { ...stored.chart, raw: [], dependencies: [] } as unknown as Chart,
        file: () => Promise.resolve(undefined),
        from: 'the release in the cluster',
      };
    }
  };

  const rendered = async (chart: Chart, values: GoMap, { namespace, name }: StoredRelease) => {
    const processed = processDependencies(chart, values);
    const { manifest, hooks } = await render(processed, values, {
      release: { name, namespace, revision: 1, isInstall: true, isUpgrade: false },
      capabilities,
      skipSchema: true,
    });
    return [manifest, ...hooks.map((hook) => hook.manifest)].join('\n---\n');
  };

  return {
    prove: async (planned) => {
      const { from: hr, release } = planned.converted;
      const names = differentNames(planned);
      if (names !== '') return { compared: '', problem: names, diff: '' };
      let compared = '';
      try {
        const { chart, file, from } = await chartOf(planned);
        const older = await valuesOf(hr, file);
        const newer = await wantedRelease(planned.object, reader);
        const newChart = await withValuesFiles(planned, chart, file);
        compared = `rendered both ways with the chart of ${from}`;
        // What templates make up anew each time is no difference.
        const isSameInput = chart === newChart && writeJson(older) === writeJson(newer.values);
        const [before, after] = isSameInput
          ? ['', '']
          : [
              await rendered(chart, older, release),
              await rendered(newChart, newer.values, release),
            ];
        if (before !== after)
          return {
            compared,
            problem: 'the newer generation renders the release otherwise',
            diff: unifiedDiff(withoutSecrets(before), withoutSecrets(after)),
          };
        const stored = await storedOf(release);
        if (engine === undefined || stored === undefined)
          return { compared, problem: '', diff: '' };
        if (stored.info.status !== 'deployed')
          return {
            compared,
            problem: `the release is ${stored.info.status}, not deployed`,
            diff: '',
          };
        const { spec } = newer;
        const changes = await changesTo(engine, stored, {
          releaseName: release.name,
          namespace: spec.releaseNamespace,
          storageNamespace: spec.storageNamespace,
          chart: newChart,
          values: newer.values,
          previousValues: spec.upgrade.preserveValues ? 'reuse' : 'reset',
          disableOpenApiValidation: true,
          takeOwnership: true,
        });
        compared = `${compared}, and with revision ${stored.version} in the cluster`;
        return changes === undefined
          ? { compared, problem: '', diff: '' }
          : {
              compared,
              problem: `revision ${stored.version} is not what chart and values make of it now: let helm-operator release it first`,
              diff: unifiedDiff(withoutSecrets(changes.before), withoutSecrets(changes.after)),
            };
      } catch (thrown) {
        return { compared, problem: `cannot be compared: ${messageOf(thrown)}`, diff: '' };
      }
    },
  };
}

/** No cluster is asked for what it serves: both ways get the same answer. */
const capabilities = {
  ...defaultCapabilities,
  kubeVersion: { version: 'v1.34.0', major: '1', minor: '34' },
};

function differentNames({ converted, object }: PlannedRelease): string {
  const [older, newer] = [claimOfV1(converted.from), claimOfV2(object)];
  if (newer !== undefined && isSameRelease(older.release, newer.release)) return '';
  const shown = ({ namespace, name }: StoredRelease) => `${name} in ${namespace}`;
  return `the release would be another one: ${shown(older.release)}, ${newer === undefined ? 'none' : shown(newer.release)}`;
}

/** The chart as a HelmChart packs it: its values files, one over the other, are its defaults. */
async function withValuesFiles(
  { converted: { source }, object }: PlannedRelease,
  chart: Chart,
  file: LoadedChart['file'],
): Promise<Chart> {
  const spec = object['spec'];
  const template = isRecord(spec) && isRecord(spec['chart']) ? spec['chart']['spec'] : undefined;
  const names: unknown = isRecord(template) ? template['valuesFiles'] : undefined;
  if (!isRecord(template) || !Array.isArray(names)) return chart;
  const prefix = source?.chart === undefined || source.chart === '.' ? '' : `${source.chart}/`;
  let values: GoMap = new Map();
  for (const name of names) {
    if (typeof name !== 'string') continue;
    const data = await file(name.slice(prefix.length));
    if (data !== undefined)
      values = overlayValues(values, parseYamlMap(Buffer.from(data).toString('utf8')));
    else if (template['ignoreMissingValuesFiles'] !== true)
      throw new Error(`there is no values file ${name}`);
  }
  return { ...chart, values };
}

/** Documents that are Secrets say only that they are there, and how long. */
function withoutSecrets(text: string): string {
  return text
    .split(/^---$/m)
    .map((document) =>
      /^kind: *["']?Secret["']?\s*$/m.test(document)
        ? document.replaceAll(
            /^( +[^\s:#]+: *)(\S.*)$/gm,
            (line: string, key: string, value: string) =>
              /^ +(name|namespace): *$/.test(key) ? line : `${key}(${value.length} characters)`,
          )
        : document,
    )
    .join('---');
}
