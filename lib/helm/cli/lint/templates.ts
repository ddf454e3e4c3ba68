/** Rules for templates and what they render to (helm 3.19 pkg/lint/rules/template.go). */
import { messageOf } from '../../../runtime/mod.ts';
import { hostCapabilities } from '../../host/mod.ts';
import {
  coalesceValues,
  processDependencies,
  renderTemplates,
  validateValues,
} from '../../chart/mod.ts';
import type { Chart } from '../../chart/mod.ts';
import { createFunctions } from '../../sprig/mod.ts';
import { loadSchema } from '../../fetch/schema.ts';
import type { GoMap, GoValue } from '../../values/mod.ts';
import { parseYaml } from '../../yaml/mod.ts';
import { deprecationOf } from './deprecations.ts';
import type { LintedChart, LintOptions } from './lint-chart.ts';
import type { Report } from './message.ts';
import { nameProblem } from './object-name.ts';

export async function lintTemplates(
  report: Report,
  { loaded }: LintedChart,
  options: LintOptions,
): Promise<void> {
  const folder = 'templates/';
  if (typeof loaded === 'string') {
    report.note('error', folder, loaded);
    return;
  }
  let rendered: Map<string, string>;
  try {
    const found = await render(loaded, options);
    if (found === undefined) return;
    rendered = found;
  } catch (thrown) {
    report.note('error', folder, messageOf(thrown));
    return;
  }
  for (const { name, data } of loaded.templates) {
    const source = new TextDecoder().decode(data);
    report.note('error', name, extensionProblem(name));
    report.note(
      'warning',
      name,
      /"?helm\.sh\/hook"?:\s+crd-install/.test(source)
        ? 'manifest is a crd-install hook. This hook is no longer supported in v3 and all CRDs should also exist the crds/ directory at the top level of the chart'
        : undefined,
    );
    report.note(
      'error',
      name,
      source.includes('.Release.Time')
        ? '.Release.Time has been removed in v3, please replace with the `now` function in your templates'
        : undefined,
    );
    if (!name.endsWith('.yaml')) continue;
    const content = rendered.get(`${loaded.metadata.name}/${name}`) ?? '';
    if (content.trim() === '') continue;
    report.note('warning', name, indentProblem(content));
    if (!lintDocuments(report, name, content, options)) return;
  }
}

/** @returns nothing when values do not fit together; what renders them says so elsewhere */
async function render(
  chart: Chart,
  options: LintOptions,
): Promise<Map<string, string> | undefined> {
  let processed: Chart;
  let values: GoMap;
  try {
    processed = processDependencies(chart, options.values, options.warn);
    values = coalesceValues(processed, options.values);
  } catch {
    // As Helm: installing such a chart says what is wrong, linting does not.
    return undefined;
  }
  if (!options.skipSchema) await validateValues(processed, values, loadSchema);
  return renderTemplates({
    chart: processed,
    values,
    release: {
      name: 'test-release',
      namespace: options.namespace,
      revision: 0,
      isInstall: false,
      isUpgrade: false,
    },
    capabilities: options.capabilities,
    functions: createFunctions(hostCapabilities(options.clock)),
    lint: (message, place) => options.warn(`[INFO] ${message}`, place),
  });
}

/** @returns whether all documents could be read */
function lintDocuments(
  report: Report,
  name: string,
  content: string,
  options: LintOptions,
): boolean {
  for (const document of content.split(/^---[^\n]*\n?/m)) {
    let value: GoValue;
    try {
      value = document.trim() === '' ? null : parseYaml(document);
    } catch (thrown) {
      return report.note('error', name, `unable to parse YAML: ${messageOf(thrown)}`);
    }
    if (value === null) continue;
    if (!(value instanceof Map)) {
      const kind = Array.isArray(value)
        ? 'array'
        : typeof value === 'boolean'
          ? 'bool'
          : typeof value;
      return report.note(
        'error',
        name,
        `unable to parse YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go value of type rules.K8sYamlStruct`,
      );
    }
    const object = headOf(value);
    report.note('warning', name, nameProblem(object.kind, object.name));
    report.note('warning', name, deprecationProblem(object, options));
    report.note('error', name, selectorProblem(object, content));
    report.note('error', name, listProblem(object, value));
  }
  return true;
}

interface Head {
  apiVersion: string;
  kind: string;
  name: string;
}

function headOf(map: GoMap): Head {
  const text = (from: GoMap, key: string) => {
    const value = from.get(key);
    return typeof value === 'string' ? value : '';
  };
  const metadata = map.get('metadata');
  return {
    apiVersion: text(map, 'apiVersion'),
    kind: text(map, 'kind'),
    name: metadata instanceof Map ? text(metadata, 'name') : '',
  };
}

function extensionProblem(name: string): string | undefined {
  const base = name.slice(name.lastIndexOf('/') + 1);
  const dot = base.lastIndexOf('.');
  const extension = dot < 0 ? '' : base.slice(dot);
  if (['.yaml', '.yml', '.tpl', '.txt'].includes(extension)) return undefined;
  return `file extension '${extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt`;
}

function indentProblem(content: string): string | undefined {
  const first = content.split('\n').find((line) => line.trim() !== '') ?? '';
  if (!/^[ \t]/.test(first)) return undefined;
  return `document starts with an illegal indent: ${JSON.stringify(first)}, which may cause parsing problems`;
}

function deprecationProblem(
  { apiVersion, kind }: Head,
  { kubeVersion }: LintOptions,
): string | undefined {
  const found = deprecationOf(apiVersion, kind);
  if (found === undefined) return undefined;
  const major = Number(kubeVersion?.major ?? 1);
  const minor = Number(kubeVersion?.minor ?? 20);
  const [sinceMajor, sinceMinor] = found.since;
  const isOld = sinceMajor < major || (sinceMajor === major && sinceMinor <= minor);
  return isOld ? found.message : undefined;
}

function selectorProblem({ kind, name }: Head, content: string): string | undefined {
  if (!['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet'].includes(kind)) return undefined;
  if (/matchLabels|matchExpressions/.test(content)) return undefined;
  return `a ${kind} must contain matchLabels or matchExpressions, and "${name}" does not`;
}

function listProblem({ kind }: Head, value: GoMap): string | undefined {
  const items = value.get('items');
  if (kind !== 'List' || !Array.isArray(items)) return undefined;
  const has = items.some((item) => {
    const metadata = item instanceof Map ? item.get('metadata') : undefined;
    const annotations = metadata instanceof Map ? metadata.get('annotations') : undefined;
    return annotations instanceof Map && annotations.has('helm.sh/resource-policy');
  });
  return has ? "Annotation 'helm.sh/resource-policy' within List objects are ignored" : undefined;
}
