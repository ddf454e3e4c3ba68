/** Sub-charts, aliases and imports as Helm 3.19.0 renders the same charts. */
import { describe, expect, test } from 'vitest';
import { hostCapabilities } from '../host/mod.ts';
import { systemClock } from '../../runtime/mod.ts';
import { createFunctions } from '../sprig/mod.ts';
import { bytesOfText } from '../values/mod.ts';
import { parseYamlMap } from '../yaml/mod.ts';
import { coalesceValues } from './coalesce.ts';
import { defaultCapabilities } from './default-capabilities.ts';
import { processDependencies } from './dependencies.ts';
import { loadChart } from './load.ts';
import { renderTemplates } from './render.ts';

const functions = createFunctions(hostCapabilities(systemClock));

const named = (name: string, more = '') => `{apiVersion: v2, name: ${name}, version: 1.0.0${more}}`;

/** Every rendered file by its path, and the warnings. */
function outcome(files: Readonly<Record<string, string>>, values = '') {
  const warnings: string[] = [];
  const given = parseYamlMap(values);
  const chart = processDependencies(
    loadChart(Object.entries(files).map(([name, text]) => ({ name, data: bytesOfText(text) }))),
    given,
    (line, place) => warnings.push(`${place}: ${line}`),
  );
  const rendered = renderTemplates({
    chart,
    values: coalesceValues(chart, given),
    release: { name: 'r', namespace: 'n', revision: 1, isInstall: true, isUpgrade: false },
    capabilities: defaultCapabilities,
    functions,
  });
  return { rendered: Object.fromEntries(rendered), warnings };
}

const values = '{{ toJson .Values }}';

describe('sub-charts with aliases', () => {
  test('a chart below one keeps the path of the original, and is there once', () => {
    const { rendered } = outcome({
      'Chart.yaml': named(
        'top',
        ', dependencies: [{name: child, alias: foo, version: 1.0.0}, {name: child, alias: bar, version: 1.0.0}]',
      ),
      'values.yaml': '{foo: {grand: {from: foo}}, bar: {grand: {from: bar}}}',
      'charts/child/Chart.yaml': named('child'),
      'charts/child/templates/t.yaml': '{{ .Chart.Name }}',
      'charts/child/charts/grand/Chart.yaml': named('grand'),
      'charts/child/charts/grand/templates/t.yaml': '{{ .Values.from }}',
    });
    expect(rendered).toEqual({
      'top/charts/foo/templates/t.yaml': 'foo',
      'top/charts/bar/templates/t.yaml': 'bar',
      'top/charts/child/charts/grand/templates/t.yaml': 'bar',
    });
  });

  test('imports of one that is there twice are used up by the first', () => {
    const { rendered, warnings } = outcome({
      'Chart.yaml': named(
        'top',
        ', dependencies: [{name: child, alias: foo, version: 1.0.0, import-values: [{parent: a, child: defaults}]}, {name: child, alias: bar, version: 1.0.0, import-values: [{parent: b, child: defaults}]}]',
      ),
      'charts/child/Chart.yaml': named(
        'child',
        ', dependencies: [{name: grand, version: 1.0.0, import-values: [{parent: defaults, child: defaults}]}]',
      ),
      'charts/child/templates/t.yaml': '{{ toJson .Values.defaults }}',
      'charts/child/charts/grand/Chart.yaml': named('grand'),
      'charts/child/charts/grand/values.yaml': '{defaults: {value: "42"}}',
    });
    expect(rendered).toEqual({
      'top/charts/foo/templates/t.yaml': '{"value":"42"}',
      'top/charts/bar/templates/t.yaml': 'null',
    });
    expect(warnings).toEqual([
      'dependencies.go:270: Warning: ImportValues missing table from chart bar: "defaults" is not a table',
    ]);
  });
});

test('where two imports meet in one table, the first chart gets what the second exports', () => {
  const { rendered } = outcome({
    'Chart.yaml': named(
      'imp',
      ', dependencies: [{name: one, version: "*", import-values: [{child: data, parent: shared}]}, {name: two, version: "*", alias: zwei, import-values: [{child: data, parent: shared}]}]',
    ),
    'templates/t.yaml': '{{ toJson .Values.shared }}',
    'charts/one/Chart.yaml': named('one'),
    'charts/one/values.yaml': 'data: {fromone: true, both: one, gone: null}',
    'charts/one/templates/t.yaml': values,
    'charts/two/Chart.yaml': named('two'),
    'charts/two/values.yaml': 'data: {fromtwo: true, both: two, gone: null}',
    'charts/two/templates/t.yaml': values,
  });
  expect(rendered).toEqual({
    'imp/templates/t.yaml': '{"both":"one","fromone":true,"fromtwo":true,"gone":null}',
    'imp/charts/one/templates/t.yaml':
      '{"data":{"both":"one","fromone":true,"fromtwo":true},"global":{}}',
    'imp/charts/zwei/templates/t.yaml': '{"data":{"both":"two","fromtwo":true},"global":{}}',
  });
});

describe('what Chart.yaml says', () => {
  test.each([
    { why: 'a float is no version', yaml: 'version: 72445e2', want: '"7.2445e+06" is invalid' },
    { why: 'an integer is one', yaml: 'version: 7244500', want: '7244500' },
    { why: 'a number of two parts', yaml: 'version: 1.10', want: '1.1' },
  ])('$why', ({ yaml, want }) => {
    const load = () =>
      loadChart([{ name: 'Chart.yaml', data: bytesOfText(`apiVersion: v2\nname: c\n${yaml}\n`) }])
        .metadata.version;
    if (want.endsWith('invalid'))
      expect(load).toThrow(`validation: chart.metadata.version ${want}`);
    else expect(load()).toBe(want);
  });

  test('a chart may be called by a dot, which leaves no trace in paths', () => {
    const { rendered } = outcome({
      'Chart.yaml': named('.'),
      'templates/t.yaml': '{{ .Template.BasePath }}',
    });
    expect(rendered).toEqual({ 'templates/t.yaml': 'templates' });
  });
});
