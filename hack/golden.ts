/**
 * Renders golden templates and compares them with what Helm 3.19.0 made of them.
 *
 *     npm run golden -- FILE.jsonl
 *
 * Each line of the file is `{"template": "…", "output": "…"}` or `{"template": "…", "error": "…"}`; the chart around the
 * templates is made here, its values.yaml is read from beside the file. Prints each difference and lastly
 * `equal E of N`; fails unless all are equal.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { hostCapabilities } from '../lib/helm/host/mod.ts';
import { systemClock } from '../lib/runtime/mod.ts';
import { defaultCapabilities, loadChart, renderTemplates } from '../lib/helm/chart/mod.ts';
import { createFunctions } from '../lib/helm/sprig/mod.ts';
import { validText } from '../lib/helm/values/mod.ts';

interface Golden {
  template: string;
  output?: string;
  error?: string;
}

const file = process.argv[2];
if (file === undefined) throw new Error('usage: npm run golden -- FILE.jsonl');

const values = readFileSync(path.join(path.dirname(file), 'values.yaml'), 'utf8');
const cases = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map(readCase);

const helpers = `{{- define "h.name" -}}{{ .Release.Name }}-{{ .Chart.Name }}{{- end -}}{{- define "h.labels" }}
app: {{ .Chart.Name }}
rel: {{ .Release.Name }}
{{- end }}
`;

const functions = createFunctions({
  ...hostCapabilities(systemClock),
  localZone: 'UTC',
});

let equal = 0;
for (const golden of cases) {
  const got = render(golden.template);
  if (got.output === golden.output && got.error === golden.error) {
    equal += 1;
    continue;
  }
  console.log(JSON.stringify({ template: golden.template, want: wanted(golden), got }));
}
console.log(`equal ${equal} of ${cases.length}`);
process.exitCode = equal === cases.length ? 0 : 1;

function readCase(line: string): Golden {
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed !== 'object' || parsed === null || !('template' in parsed))
    throw new TypeError(`no case: ${line}`);
  return {
    template: String(parsed.template),
    ...('output' in parsed ? { output: String(parsed.output) } : {}),
    ...('error' in parsed ? { error: String(parsed.error) } : {}),
  };
}

function wanted({ output, error }: Golden): Omit<Golden, 'template'> {
  return error === undefined ? { output: output ?? '' } : { error };
}

function render(template: string): Omit<Golden, 'template'> {
  const encoder = new TextEncoder();
  const texts: Record<string, string> = {
    'Chart.yaml': 'apiVersion: v2\nname: facts\nversion: 0.1.0\nappVersion: "9.9"\n',
    'values.yaml': values,
    'templates/_h.tpl': helpers,
    'templates/t.yaml': template,
    'conf/a.txt': 'A1\nA2\n',
    'conf/b.txt': 'B: "x"',
  };
  const chart = loadChart(
    Object.entries(texts).map(([name, text]) => ({ name, data: encoder.encode(text) })),
  );
  try {
    const rendered = renderTemplates({
      chart,
      values: chart.values,
      release: { name: 'rel', namespace: 'ns', revision: 1, isInstall: true, isUpgrade: false },
      capabilities: defaultCapabilities,
      functions,
    });
    return { output: validText(rendered.get('facts/templates/t.yaml') ?? '') };
  } catch (thrown) {
    return { error: validText(thrown instanceof Error ? thrown.message : String(thrown)) };
  }
}
