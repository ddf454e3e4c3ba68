/** Whole templates: control structures, printf, literals, and templates with a mistake in them. */
import { someArgument, someCall, somePipeline } from './calls.ts';
import type { Random } from './random.ts';
import { anyNumber, numberLike, quoted, someText } from './scalars.ts';

const open = (random: Random): string => random.pick(['{{ ', '{{ ', '{{ ', '{{- ', '{{']);
const close = (random: Random): string => random.pick([' }}', ' }}', ' }}', ' -}}', '}}']);
const action = (random: Random, text: string): string => open(random) + text + close(random);
const gap = (random: Random): string => random.pick(['', ' ', '\n', 'x', '\n  y: ', 'é']);

export function someBlock(random: Random, depth: number): string {
  const inner = (): string =>
    depth <= 0
      ? action(random, random.pick(['.', '$', '$x', '$i', '.Values.s', '.k', somePipeline(random)]))
      : random.some(1, 2, () => gap(random) + someBlock(random, depth - 1)).join('');
  const pipe = (): string =>
    random.pick([someArgument(random, 1), someCall(random, 1), '$x', '$i']);
  const end = (): string => action(random, 'end');
  switch (random.below(14)) {
    case 0:
      return `${action(random, `if ${pipe()}`)}${inner()}${action(random, 'else')}${inner()}${end()}`;
    case 1:
      return `${action(random, `if ${pipe()}`)}${inner()}${action(random, `else if ${pipe()}`)}${inner()}${end()}`;
    case 2:
      return `${action(random, `with ${pipe()}`)}${inner()}${action(random, 'else')}${inner()}${end()}`;
    case 3:
      return `${action(random, `with $x := ${pipe()}`)}${inner()}${action(random, `else with ${pipe()}`)}${inner()}${end()}`;
    case 4:
      return `${action(random, `range ${pipe()}`)}${inner()}${action(random, 'else')}${inner()}${end()}`;
    case 5:
      return `${action(random, `range $i, $x := ${pipe()}`)}${inner()}${end()}`;
    case 6:
      return `${action(random, `range $i, $x := ${pipe()}`)}${action(random, 'if eq $i 1')}${action(random, random.pick(['break', 'continue']))}${end()}${inner()}${action(random, 'else')}${inner()}${end()}`;
    case 7:
      return `${action(random, `$x := ${pipe()}`)}${inner()}`;
    case 8:
      return `${action(random, `$x = ${pipe()}`)}${inner()}`;
    case 9:
      return action(
        random,
        `template ${random.pick(['"h.name"', '"h.echo"', '"own"', '"none"'])} ${pipe()}`,
      );
    case 10:
      return `${action(random, `block "own${random.below(3)}" ${pipe()}`)}${inner().replaceAll(/\$[xi]/g, '$')}${end()}`;
    case 11:
      return action(random, `range $x = ${pipe()}`) + inner() + end();
    case 12:
      return action(random, '/* a comment */').replace('{{ /', '{{/').replace('/ }}', '/}}');
    default:
      return inner();
  }
}

export const controlTemplate = (random: Random): string =>
  `{{ $x := ${someArgument(random, 1)} }}{{ $i := 0 }}${someBlock(random, 2)}`;

const verbs = [...'vvvdsqxXtTbcoOUeEfFgGwz%'];
const flags = [...'+-# 0'];

function directive(random: Random): string {
  const flag = random.some(0, 2, () => random.pick(flags)).join('');
  const width = random.pick(['', '', '', '5', '12', '0', '*', '[2]*']);
  const precision = random.pick(['', '', '', '.0', '.3', '.', '.10', '.*']);
  const index = random.pick(['', '', '', '', '', '', '[1]', '[2]', '[9]', '[x]', '[']);
  return `%${flag}${width}${precision}${index}${random.pick(verbs)}`;
}

export function printfTemplate(random: Random): string {
  const format = random
    .some(1, 3, () => directive(random) + random.pick(['', ' ', '|', 'a']))
    .join('');
  const args = random.some(0, 4, () => someArgument(random, 1));
  return `{{ printf ${quoted(random, format)} ${args.join(' ')} }}`;
}

export function literalTemplate(random: Random): string {
  const literal = random.chance(0.6) ? numberLike(random) : anyNumber(random);
  return random.pick([
    `{{ ${literal} }}`,
    `{{ printf "%T %v" ${literal} }}`,
    `{{ add ${literal} 1 }}`,
    `{{ eq ${literal} ${anyNumber(random)} }}`,
    `{{ lt ${literal} ${anyNumber(random)} }}`,
    `{{ ${literal} | toJson }}`,
    `{{ index (list 1 2 3) ${literal} }}`,
    `{{ trunc ${literal} "abc" }}`,
    `{{ until 3 | has ${literal} }}`,
    `{{ round ${literal} 2 }}`,
    `{{ int64 ${literal} }} {{ float64 ${literal} }} {{ toString ${literal} }}`,
    `{{ int ${quoted(random, literal)} }} {{ float64 ${quoted(random, literal)} }} {{ atoi ${quoted(random, literal)} }} {{ toDecimal ${quoted(random, literal)} }}`,
    `{{ floor ${quoted(random, literal)} }} {{ add ${quoted(random, literal)} 1 }} {{ addf ${quoted(random, literal)} 0.1 }}`,
  ]);
}

export const pipelineTemplate = (random: Random): string =>
  random.some(1, 2, () => `{{ ${somePipeline(random)} }}`).join(gap(random));

const junk = [
  ...'{}()|.$"\'`\\:=,-+ \n\tx0@#%é',
  '{{',
  '}}',
  '-}}',
  '{{-',
  '/*',
  '*/',
  ':=',
  'end',
  'else',
  'if',
  'define',
  '"a"',
];

/** Cuts a piece out of a good template or puts one in. */
export function brokenTemplate(random: Random): string {
  let text = random.chance(0.5) ? controlTemplate(random) : pipelineTemplate(random);
  for (let left = 1 + random.below(2); left > 0; left -= 1) {
    const chars = [...text];
    const at = random.below(chars.length + 1);
    const removed = random.chance(0.6) ? random.below(4) : 0;
    chars.splice(at, removed, ...(random.chance(0.6) ? [random.pick(junk)] : []));
    text = chars.join('');
  }
  return text;
}

/** Strings of bytes that are no text. */
export function bytesTemplate(random: Random): string {
  const bytes = (): string =>
    `"${random.some(0, 5, () => random.pick(['a', '\\xff', '\\xc3', '\\xa9', '\\xe6\\x97', '\\xa5', '\\x00', 'é', '日', '\\u0301', '\\U0001F600', '\\101', '\\377', '\\t'])).join('')}"`;
  const call = random.pick([
    (s: string) => s,
    (s: string) => `len ${s}`,
    (s: string) => `quote ${s}`,
    (s: string) => `toJson ${s}`,
    (s: string) => `toYaml ${s}`,
    (s: string) => `b64enc ${s}`,
    (s: string) => `b64enc ${s} | b64dec | quote`,
    (s: string) => `printf "%q %x %v %+q %s" ${s} ${s} ${s} ${s} ${s}`,
    (s: string) => `sha256sum ${s}`,
    (s: string) => `slice ${s} 1`,
    (s: string) => `index ${s} 0`,
    (s: string) => `trunc 2 ${s} | quote`,
    (s: string) => `upper ${s} | quote`,
    (s: string) => `print ${s} ${bytes()} | quote`,
    (s: string) => `eq ${s} ${bytes()}`,
    (s: string) => `contains ${bytes()} ${s}`,
    (s: string) => `replace ${bytes()} "x" ${s} | quote`,
    (s: string) => `splitList ${bytes()} ${s} | toJson`,
    (s: string) => `substr 0 2 ${s} | printf "%q"`,
    (s: string) => `abbrev 5 ${s} | printf "%q"`,
    (s: string) => `trimPrefix ${bytes()} ${s} | quote`,
    (s: string) => `html ${s} | quote`,
    (s: string) => `js ${s} | quote`,
    (s: string) => `urlquery ${s}`,
    (s: string) => `initials ${s} | quote`,
    (s: string) => `title ${s} | quote`,
    (s: string) => `dict ${s} 1 | toJson`,
    (s: string) => `indent 1 ${s} | quote`,
    (s: string) => `nospace ${s} | quote`,
    (s: string) => `wrap 2 ${s} | quote`,
    (s: string) => `sortAlpha (list ${s} ${bytes()} ${bytes()}) | toJson`,
    (s: string) => `lt ${s} ${bytes()}`,
    (s: string) => `regexFind "." ${s} | quote`,
    (s: string) => `toToml (dict "a" ${s})`,
  ]);
  return `{{ ${call(bytes())} }}`;
}

export const textCall = (random: Random): string =>
  `{{ ${random.pick(['fromYaml', 'fromYamlArray', 'fromJson', 'fromJsonArray', 'fromToml', 'mustFromJson', 'toYaml', 'toJson', 'toYamlPretty'])} ${quoted(random, someText(random))} ${random.pick(['', '| toJson', '| toYaml', '| printf "%#v"'])} }}`;
