/** Compares our engine with lines that Helm 3.19.0's engine wrote. */
import { defaultCapabilities, loadChart, renderTemplates } from '../lib/helm/chart/mod.ts';
import { hostCapabilities } from '../lib/helm/host/mod.ts';
import { createFunctions } from '../lib/helm/sprig/mod.ts';
import { validText } from '../lib/helm/values/mod.ts';
import { systemClock } from '../lib/runtime/mod.ts';

type Outcome = { output: string } | { error: string };

export interface GoldenDifference {
  template: string;
  want: Outcome;
  got: Outcome;
}

const helpers = `{{- define "h.name" -}}{{ .Release.Name }}-{{ .Chart.Name }}{{- end -}}{{- define "h.labels" }}
app: {{ .Chart.Name }}
rel: {{ .Release.Name }}
{{- end }}
`;

/**
 * @param lines JSON objects, one each: `{"template": "…", "output": "…"}` or `{"template": "…", "error": "…"}`
 * @param values text of the chart's values.yaml
 * @param day when the lines were written: dates that cannot be read are rendered as the present one
 */
export function compareTemplates(
  lines: readonly string[],
  values: string,
  day: Date,
): { equal: number; compared: number; different: GoldenDifference[] } {
  const clock = { ...systemClock, now: () => day };
  const functions = createFunctions({ ...hostCapabilities(clock), localZone: 'UTC' });
  const cases = lines.filter((line) => line !== '').map(readCase);
  const different = cases.flatMap(({ template, want }): GoldenDifference[] => {
    const got = render(template, values, functions);
    return JSON.stringify(want) === JSON.stringify(got) ? [] : [{ template, want, got }];
  });
  return { equal: cases.length - different.length, compared: cases.length, different };
}

function readCase(line: string): { template: string; want: Outcome } {
  const parsed: unknown = JSON.parse(line);
  if (typeof parsed !== 'object' || parsed === null || !('template' in parsed))
    throw new TypeError(`no case: ${line}`);
  return {
    template: String(parsed.template),
    want:
      'error' in parsed
        ? { error: String(parsed.error) }
        : { output: 'output' in parsed ? String(parsed.output) : '' },
  };
}

/** The chart that the README beside the golden file describes; JSON kept no bytes that are no text. */
function render(
  template: string,
  values: string,
  functions: ReturnType<typeof createFunctions>,
): Outcome {
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
