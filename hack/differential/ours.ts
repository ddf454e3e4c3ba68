/** Our engine, asked as the oracle is. */
import {
  defaultCapabilities,
  loadChart,
  processDependencies,
  renderTemplates,
} from '../../lib/helm/chart/mod.ts';
import { hostCapabilities } from '../../lib/helm/host/mod.ts';
import { createFunctions } from '../../lib/helm/sprig/mod.ts';
import { bytesOfText } from '../../lib/helm/values/mod.ts';
import { systemClock } from '../../lib/runtime/mod.ts';
import type { Case } from './generate.ts';
import type { Answer } from './oracle.ts';

const functions = createFunctions({ ...hostCapabilities(systemClock), localZone: 'UTC' });

/** As in oracle/main.go. */
const fixed: Readonly<Record<string, string>> = {
  'Chart.yaml':
    'apiVersion: v2\nname: facts\nversion: 0.1.0\nappVersion: "9.9"\nkeywords: [a, b]\nannotations: {x: y}\n',
  'templates/_h.tpl':
    '{{- define "h.name" -}}{{ .Release.Name }}-{{ .Chart.Name }}{{- end -}}{{- define "h.echo" }}[{{ . }}]{{ end }}',
  'conf/a.txt': 'A1\nA2\n',
  'conf/b.bin': '\udcff\0é\udc80',
};

/** @param goVersion of the oracle, which templates can see */
export function answerOurs({ template, values }: Case, goVersion: string): Answer {
  try {
    const texts = { ...fixed, 'values.yaml': values, 'templates/t.yaml': template };
    const chart = processDependencies(
      loadChart(Object.entries(texts).map(([name, text]) => ({ name, data: bytesOfText(text) }))),
      new Map(),
    );
    const rendered = renderTemplates({
      chart,
      values: chart.values,
      release: { name: 'rel', namespace: 'ns', revision: 1, isInstall: true, isUpgrade: false },
      capabilities: {
        ...defaultCapabilities,
        helmVersion: { ...defaultCapabilities.helmVersion, goVersion },
      },
      functions,
    });
    return { output: rendered.get('facts/templates/t.yaml') ?? '' };
  } catch (thrown) {
    return { error: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}
