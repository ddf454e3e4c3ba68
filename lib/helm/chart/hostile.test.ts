/** Charts that mean harm end with an error, soon. */
import { describe, expect, test } from 'vitest';
import { hostCapabilities } from '../host/mod.ts';
import { systemClock } from '../../runtime/mod.ts';
import { createFunctions } from '../sprig/mod.ts';
import { bytesOfText } from '../values/mod.ts';
import { defaultCapabilities } from './default-capabilities.ts';
import { loadChart } from './load.ts';
import { renderTemplates } from './render.ts';

const functions = createFunctions(hostCapabilities(systemClock));

function render(template: string, values = '', limitMs = 2000): string {
  const files = {
    'Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
    'values.yaml': values,
    'templates/t.yaml': template,
  };
  const chart = loadChart(
    Object.entries(files).map(([name, text]) => ({ name, data: bytesOfText(text) })),
  );
  const end = Date.now() + limitMs;
  const rendered = renderTemplates({
    chart,
    values: chart.values,
    release: { name: 'r', namespace: 'n', revision: 1, isInstall: true, isUpgrade: false },
    capabilities: defaultCapabilities,
    functions,
    isExpired: () => Date.now() > end,
  });
  return rendered.get('c/templates/t.yaml') ?? '';
}

function outcome(template: string, values?: string, limitMs?: number): string {
  try {
    return `rendered ${render(template, values, limitMs).length} characters`;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : 'not an error';
  }
}

describe('hostile charts', () => {
  test.each([
    {
      why: 'a loop over a number',
      template: '{{ range 1000000000 }}{{ end }}',
      want: /stopped after/,
    },
    {
      why: 'loops within loops',
      template: '{{ range 100000 }}{{ range 100000 }}x{{ end }}{{ end }}',
      want: /stopped after/,
    },
    {
      why: 'a list of a billion',
      template: '{{ until 1000000000 }}',
      want: /error calling until: more than/,
    },
    {
      why: 'a sequence of a billion',
      template: '{{ seq 1 1000000000 }}',
      want: /error calling seq: more than/,
    },
    {
      why: 'a text repeated',
      template: '{{ repeat 1000000000 "x" }}',
      want: /error calling repeat/,
    },
    {
      why: 'a deep indentation',
      template: '{{ repeat 1000000 "\\n" | indent 1000000 }}',
      want: /error calling indent/,
    },
    {
      why: 'random text without end',
      template: '{{ randAlphaNum 1000000000 }}',
      want: /error calling randAlphaNum/,
    },
    {
      why: 'a text doubled in a loop',
      template: '{{ $x := "x" }}{{ range 64 }}{{ $x = print $x $x }}{{ end }}',
      want: /stopped after|error calling print/,
    },
    {
      why: 'a list doubled in a loop',
      template: '{{ $x := list 1 }}{{ range 64 }}{{ $x = concat $x $x }}{{ end }}',
      want: /stopped after/,
    },
    {
      why: 'a tree of shared branches',
      template:
        '{{ $x := dict "a" 1 }}{{ range 64 }}{{ $x = dict "a" $x "b" $x }}{{ end }}{{ toJson $x }}',
      want: /^rendered 0 characters$|stopped after/,
    },
    {
      why: 'the same as YAML',
      template:
        '{{ $x := dict "a" 1 }}{{ range 64 }}{{ $x = dict "a" $x "b" $x }}{{ end }}{{ toYaml $x }}',
      want: /^rendered 0 characters$|stopped after/,
    },
    {
      why: 'the same printed',
      template:
        '{{ $x := dict "a" 1 }}{{ range 64 }}{{ $x = dict "a" $x "b" $x }}{{ end }}{{ print $x }}',
      want: /error calling print: more than|stopped after/,
    },
    {
      why: 'the same copied',
      template:
        '{{ $x := dict "a" 1 }}{{ range 64 }}{{ $x = dict "a" $x "b" $x }}{{ end }}{{ deepCopy $x }}',
      want: /error calling deepCopy: more than|stopped after/,
    },
    {
      why: 'a dictionary within itself',
      template: '{{ $_ := set .Values "x" .Values }}{{ toYaml .Values }}{{ .Values }}',
      // The getters by which vitest imports swallow an overflow that happens within them; what they return then is nothing.
      want: /maximum template depth|^Right-hand side of 'instanceof' is not an object$/,
    },
    {
      why: 'a template that calls itself',
      template: '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}',
      want: /exceeded maximum template depth \(100000\)/,
    },
    {
      why: 'a template that includes itself',
      template: '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}',
      want: /nested reference name: a|maximum template depth/,
    },
    {
      why: 'a value that expands itself',
      template: '{{ tpl .Values.t . }}',
      values: "t: '{{ tpl .Values.t . }}'",
      want: /maximum template depth|tpl/,
    },
    {
      why: 'parentheses without end',
      template: `{{ ${'('.repeat(100_000)}`,
      want: /max expression depth exceeded/,
    },
    {
      why: 'blocks without end',
      template: '{{ if 1 }}'.repeat(100_000),
      want: /max expression depth exceeded/,
    },
    {
      why: 'JSON nested without end',
      template: '{{ fromJson (repeat 1000000 "[") }}',
      want: /rendered|maximum template depth/,
    },
    {
      why: 'YAML nested without end',
      template: '{{ fromYaml (repeat 100000 "[") }}',
      want: /rendered/,
    },
    {
      why: 'a regular expression that multiplies',
      template: '{{ regexMatch "((((a{100}){100}){100}){100})" "a" }}',
      want: /rendered/,
    },
    {
      why: 'a regular expression that backtracks',
      template: '{{ regexMatch "^(a+)+$" (print (repeat 100000 "a") "b") }}',
      want: /rendered/,
    },
  ])('$why', { timeout: 30_000 }, ({ template, values, want }) => {
    expect(outcome(template, values)).toMatch(want);
  });

  test('ten megabytes of values', { timeout: 60_000 }, () => {
    const values = Array.from(
      { length: 100_000 },
      (_, i) => `key${i}: {a: ${'x'.repeat(80)}, b: ${i}}`,
    );
    expect(
      outcome('{{ len .Values }}{{ toYaml .Values | sha256sum }}', values.join('\n'), 60_000),
    ).toBe('rendered 70 characters');
  });

  test('aliases that multiply', () => {
    const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 12; i += 1)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(outcome('', lines.join('\n'))).toMatch(/excessive aliasing/);
  });
});
