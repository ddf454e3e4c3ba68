/** Templates and what Go 1.26's text/template makes of them. */
import { describe, expect, test } from 'vitest';
import { GoInt } from '../values/mod.ts';
import type { GoValue } from '../values/mod.ts';
import { createTemplateSet, sprintf, TemplateError } from './mod.ts';
import type { TemplateFunctions } from './mod.ts';

const functions: TemplateFunctions = {
  upper: { params: ['string'], rest: undefined, call: ([s]) => String(s as string).toUpperCase() },
  list: { params: [], rest: 'any', call: (items) => [...items] },
  keysOf: {
    params: ['dict'],
    rest: undefined,
    call: ([d]) => [...(d as Map<string, GoValue>).keys()],
  },
  boom: {
    params: [],
    rest: undefined,
    call: () => {
      throw new Error('bang');
    },
  },
};

const data = new Map<string, GoValue>([
  ['s', 'hello'],
  ['n', 3],
  ['i', GoInt.int(3)],
  ['nul', null],
  ['list', ['a', 'b']],
  ['mixed', ['x', null]],
  [
    'map',
    new Map<string, GoValue>([
      ['b', 2],
      ['a', 1],
    ]),
  ],
  ['empty', new Map<string, GoValue>()],
]);

function render(
  text: string,
  limits: { steps?: number; outputLength?: number; depth?: number } = {},
) {
  const set = createTemplateSet({ functionNames: Object.keys(functions), limits });
  set.parse('t', text);
  return set.execute('t', data, functions);
}

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof TemplateError) return thrown.message;
    throw thrown;
  }
  return 'no error';
}

describe('output', () => {
  test.each([
    ['plain', 'plain'],
    ['a {{- " b " -}} c', 'a b c'],
    ['a {{/* no */}} b', 'a  b'],
    ['a {{- /* no */ -}} b', 'ab'],
    ['{{ .s }} {{ $.s }} {{ .s | upper }}', 'hello hello HELLO'],
    ['{{ .missing }}', '<no value>'],
    ['{{ print .nul }}', '<nil>'],
    ['{{ if .empty }}a{{ else if .s }}b{{ else }}c{{ end }}', 'b'],
    ['{{ with .nul }}a{{ else with .s }}{{ . }}{{ end }}', 'hello'],
    ['{{ range .list }}[{{ . }}]{{ end }}', '[a][b]'],
    ['{{ range $k, $v := .map }}{{ $k }}={{ $v }};{{ end }}', 'a=1;b=2;'],
    ['{{ range $i := 3 }}{{ $i }}{{ end }}', '012'],
    ['{{ range .empty }}a{{ else }}none{{ end }}', 'none'],
    [
      '{{ range 5 }}{{ if eq . 1 }}{{ continue }}{{ end }}{{ if eq . 3 }}{{ break }}{{ end }}{{ . }}{{ end }}',
      '02',
    ],
    ['{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 5 }}{{ end }}{{ $x }}', '2'],
    [
      '{{ define "d" }}<{{ . }}>{{ end }}{{ template "d" .s }}{{ template "d" }}',
      '<hello><<no value>>',
    ],
    ['{{ block "e" 1 }}({{ . }}){{ end }}', '(1)'],
    ['{{ (list 1 2) | len }} {{ index .list 1 }} {{ slice .s 1 3 }}', '2 b el'],
    ["{{ 0x1F }} {{ 1_000 }} {{ 'a' }} {{ 1e3 }} {{ 0b11 }} {{ 1i }}", '31 1000 97 1000 3 (0+1i)'],
    ['{{ or .nul "x" }} {{ and 1 0 }} {{ not .s }} {{ or true boom }}', 'x 0 false true'],
    ['{{ html "<&>" }} {{ js "a\'b" }} {{ urlquery "a b&" }}', "&lt;&amp;&gt; a\\'b a+b%26"],
    ['{{ println "a" 1 }}', 'a 1\n'],
  ])('%s', (text, want) => {
    expect(render(text)).toBe(want);
  });
});

describe('syntax errors', () => {
  test.each([
    ['{{', 'template: t:1: unclosed action'],
    ['{{ nope }}', 'template: t:1: function "nope" not defined'],
    ['{{ $x }}', 'template: t:1: undefined variable "$x"'],
    ['{{ if .s }}', 'template: t:1: unexpected EOF'],
    ['\n{{ end }}', 'template: t:2: unexpected {{end}}'],
    ['{{ .s | 1 }}', 'template: t:1: non executable command in pipeline stage 2'],
    ['{{ "a }}', 'template: t:1: unterminated quoted string'],
    ['{{ (1 }}', 'template: t:1: unclosed left paren'],
    ['{{ break }}', 'template: t:1: {{break}} outside {{range}}'],
    ['{{ if }}{{ end }}', 'template: t:1: missing value for if'],
  ])('%s', (text, want) => {
    expect(messageOf(() => render(text))).toBe(want);
  });
});

describe('execution errors', () => {
  test.each([
    [
      '{{ .missing.x }}',
      '1:11: executing "t" at <.missing.x>: nil pointer evaluating interface {}.x',
    ],
    ['{{ .s.x }}', '1:5: executing "t" at <.s.x>: can\'t evaluate field x in type interface {}'],
    ['{{ upper 1 }}', '1:9: executing "t" at <1>: expected string; found 1'],
    [
      '{{ upper .n }}',
      '1:9: executing "t" at <.n>: wrong type for value; expected string; got float64',
    ],
    [
      '{{ upper .nul }}',
      '1:9: executing "t" at <.nul>: wrong type for value; expected string; got interface {}',
    ],
    [
      '{{ range .mixed }}{{ upper . }}{{ end }}',
      '1:27: executing "t" at <.>: wrong type for value; expected string; got interface {}',
    ],
    ['{{ upper }}', '1:3: executing "t" at <upper>: wrong number of args for upper: want 1 got 0'],
    ['{{ boom }}', '1:3: executing "t" at <boom>: error calling boom: bang'],
    ['{{ 1 2 }}', '1:3: executing "t" at <1>: can\'t give argument to non-function 1'],
    ['{{ template "x" }}', '1:12: executing "t" at <{{template "x"}}>: template "x" not defined'],
    [
      '{{ eq 1 "a" }}',
      '1:3: executing "t" at <eq 1 "a">: error calling eq: incompatible types for comparison: int and string',
    ],
    [
      '{{ lt .map 1 }}',
      '1:3: executing "t" at <lt .map 1>: error calling lt: invalid type for comparison',
    ],
    [
      '{{ index .list 9 }}',
      '1:3: executing "t" at <index .list 9>: error calling index: index out of range: 9',
    ],
    ['{{ range .s }}{{ end }}', '1:9: executing "t" at <.s>: range can\'t iterate over hello'],
  ])('%s', (text, want) => {
    expect(messageOf(() => render(text))).toBe(`template: t:${want}`);
  });
});

describe('limits', () => {
  test.each([
    [
      '{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}',
      {},
      'exceeded maximum template depth',
    ],
    ['{{ range 1000000000 }}{{ end }}', { steps: 1000 }, 'stopped after more than 1000 steps'],
    [
      '{{ range 1000000000 }}aaaa{{ end }}',
      { outputLength: 1000 },
      'stopped after 1000 characters',
    ],
  ])('%s', (text, limits, want) => {
    expect(messageOf(() => render(text, limits))).toContain(want);
  });
});

describe('sets', () => {
  test('a set made from another sees what was there and hides what is added', () => {
    const set = createTemplateSet({ functionNames: [] });
    set.parse('a', '{{ define "x" }}1{{ end }}');
    const copy = set.extend();
    copy.parse('b', '{{ template "x" }}2');
    expect(copy.execute('b', null, {})).toBe('12');
    expect(set.has('b')).toBe(false);
  });

  test('an empty definition does not replace one that is not', () => {
    const set = createTemplateSet({ functionNames: [] });
    set.parse('a', '{{ define "x" }}1{{ end }}');
    set.parse('b', '{{ define "x" }} {{ end }}');
    expect(set.execute('x', null, {})).toBe('1');
  });
});

describe('sprintf', () => {
  const int = (value: number) => new GoInt('int', BigInt(value));
  test.each<[string, GoValue[], string]>([
    [
      '%d|%5d|%-5d|%05d|%+d|%x|%X|%o|%b|%c|%q|%U',
      Array.from({ length: 12 }, () => int(65)),
      "65|   65|65   |00065|+65|41|41|101|1000001|A|'A'|U+0041",
    ],
    ['%s|%5s|%-5s|%.1s|%q|%x', Array.from({ length: 6 }, () => 'ab'), 'ab|   ab|ab   |a|"ab"|6162'],
    ['%v %g %f %.2f %e', [1e6, 1e6, 1.5, 1.005, 1.5], '1e+06 1e+06 1.500000 1.00 1.500000e+00'],
    ['%t %v', [true, null], 'true <nil>'],
    ['%d', ['x'], '%!d(string=x)'],
    ['%.1f', ['xy'], '%!f(string=x)'],
    ['%d', [], '%!d(MISSING)'],
    ['a', [int(1)], 'a%!(EXTRA int=1)'],
    ['%', [], '%!(NOVERB)'],
    ['%[2]d %[1]d', [int(1), int(2)], '2 1'],
    ['%[3]d', [int(1)], '%!d(BADINDEX)'],
    ['%*d', [int(4), int(1)], '   1'],
    ['%T %T', [int(1), []], 'int []interface {}'],
    [
      '%#v',
      [new Map<string, GoValue>([['a', ['x']]])],
      'map[string]interface {}{"a":[]interface {}{"x"}}',
    ],
    ['%v', [[int(1), null, 'a']], '[1 <nil> a]'],
  ])('%s', (format, args, want) => {
    expect(sprintf(format, args)).toBe(want);
  });
});
