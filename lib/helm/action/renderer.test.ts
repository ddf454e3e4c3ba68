/** `testdata/podinfo/*.txt` is what Helm 3.19.0 printed for `helm template x chart/podinfo` with the values of a case. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../runtime/mod.ts';
import { defaultCapabilities, document, loadChart, setValues } from '../chart/mod.ts';
import { loadChartPath } from '../fetch/mod.ts';
import type { GoMap } from '../values/mod.ts';
import { chartRenderer } from './renderer.ts';

const here = (name: string) => new URL(`testdata/podinfo/${name}`, import.meta.url);
const cases = Object.entries(
  JSON.parse(readFileSync(here('cases.json'), 'utf8')) as Record<string, string[]>,
);
const render = chartRenderer(systemClock, undefined);
const environment = {
  release: { name: 'x', namespace: 'default', revision: 1, isInstall: true, isUpgrade: false },
  capabilities: defaultCapabilities,
};

describe('podinfo as Helm 3.19.0 renders it', async () => {
  const chart = await loadChartPath(
    fileURLToPath(new URL('../../../chart/podinfo', import.meta.url)),
  );
  test.each(cases)('%s', async (name, sets) => {
    const values: GoMap = new Map();
    for (const set of sets) setValues(values, set);
    const { manifest, hooks } = await render(chart, values, environment);
    const text = `${manifest.trim()}\n${hooks.map((hook) => document(hook.path, hook.manifest)).join('')}`;
    // The chart names its test pods by chance.
    expect(text.replaceAll(/-test-[a-z0-9]{5}$/gm, '-test-RANDOM')).toBe(
      readFileSync(here(`${name}.txt`), 'utf8'),
    );
  });
});

const chartOf = (template: string, extra: Record<string, string> = {}) => {
  const encoder = new TextEncoder();
  const texts = {
    'Chart.yaml': 'apiVersion: v2\nname: one\nversion: 1.0.0\n',
    'templates/a.yaml': template,
    ...extra,
  };
  return loadChart(
    Object.entries(texts).map(([name, text]) => ({ name, data: encoder.encode(text) })),
  );
};

describe('errors and corners', () => {
  test.each([
    {
      why: 'required gives its place and its words only',
      template: '{{ required "give me x" .Values.x }}',
      want: 'execution error at (one/templates/a.yaml:1:3): give me x',
    },
    {
      why: 'fail too',
      template: '\n{{ fail "no" }}',
      want: 'execution error at (one/templates/a.yaml:2:3): no',
    },
    {
      why: 'a syntax error is shortened',
      template: '{{ if }}',
      want: 'parse error at (one/templates/a.yaml:1): missing value for if',
    },
  ])('$why', async ({ template, want }) => {
    await expect(render(chartOf(template), new Map(), environment)).rejects.toThrow(want);
  });

  test('a blank tpl inside a tpl renders nothing', async () => {
    const chart = chartOf('a: {{ tpl "1{{ tpl \\"\\" . }}2" . }}');
    expect((await render(chart, new Map(), environment)).manifest).toContain('a: 12\n');
  });

  test('values that break the schema are named', async () => {
    const chart = chartOf('a: 1', {
      'values.schema.json':
        '{"type":"object","properties":{"n":{"type":"integer"}},"required":["m"]}',
    });
    await expect(render(chart, new Map([['n', 'x']]), environment)).rejects.toThrow(
      /one:\n[^]*at '\/n': got string, want integer/,
    );
  });
});

describe('getHostByName', () => {
  const chart = chartOf('a: {{ getHostByName "localhost" }}\n');
  test('asks nobody unless it is allowed to', async () => {
    const { manifest } = await render(chart, new Map(), environment);
    expect(manifest).toMatch(/^a: *$/m);
  });
  test('gives an address of the host', async () => {
    const { manifest } = await render(chart, new Map(), { ...environment, enableDns: true });
    expect(manifest).toMatch(/\na: (127\.0\.0\.1|::1)\n/);
  });
  test('fails for a host that has none, as Go does', async () => {
    const lost = chartOf('a: {{ getHostByName "no host" }}\n');
    await expect(render(lost, new Map(), { ...environment, enableDns: true })).rejects.toThrow(
      'error calling getHostByName: invalid argument to Intn',
    );
  });
});
