/** Calls of functions with arguments of every kind. */
import type { Random } from './random.ts';
import { anyNumber, quoted, smallNumber, someText } from './scalars.ts';

/**
 * What reads a clock (`ago`, `now`, dates of what is no time) or random numbers is not among them: no two runs of Helm
 * agree on it. A copy of the capabilities has an address of its own.
 *
 * Kinds of arguments: s text, i small whole number, n number, b truth, l list, d dictionary, a anything, c anything
 * but the capabilities.
 */
const signatures = `
abbrev i s;abbrevboth i i s;add n n n;add1 n;add1f n;addf n n;adler32sum s;all a a;any a a;append l a
atoi s;b32dec s;b32enc s;b64dec s;b64enc s;base s;biggest n n;camelcase s;cat a a a;ceil n;chunk i l;clean s
coalesce a a a;compact l;concat l l;contains s s;deepCopy c;deepEqual a a;default a a;dict s a;dict s a s a
dig s a d;dig s s a d;dir s;div n i;divf n n;empty a;eq a a;eq a a a;ext s;fail s;first l;float64 a;floor n
fromJson s;fromJsonArray s;fromYaml s;fromYamlArray s;ge a a;get d s;gt a a;has a l;hasKey d s;hasPrefix s s
hasSuffix s s;html a;index l i;index d s;indent i s;initial l;initials s;int a;int64 a;isAbs s;join s l;js a
kebabcase s;kindIs s a;kindOf a;last l;le a a;len a;list a a;lower s;lt a a;max n n n;maxf n n;merge d d
mergeOverwrite d d;min n n n;minf n n;mod n i;mul n n;mulf n n;mustAppend l a;mustChunk i l;mustCompact l
mustDeepCopy c;mustFirst l;mustFromJson s;mustHas a l;mustInitial l;mustLast l;mustMerge d d
mustMergeOverwrite d d;mustPrepend l a;mustRest l;mustReverse l;mustSlice l i i;mustToJson a
mustToPrettyJson a;mustToRawJson a;mustUniq l;mustWithout l a;ne a a;nindent i s;nospace s;not a;omit d s
osBase s;osClean s;osDir s;osExt s;osIsAbs s;pick d s;pluck s d;plural s s i;prepend l a;print a a;print a a a
println a a;quote a a;regexQuoteMeta s;repeat i s;replace s s s;rest l;reverse l;round n i;seq i;seq i i
seq i i i;set d s a;sha1sum s;sha256sum s;sha512sum s;slice l i;slice l i i;slice s i i;snakecase s
sortAlpha l;split s s;splitList s s;splitn s i s;squote a a;sub n n;subf n n;substr i i s;swapcase s
ternary a a b;title s;toDecimal a;toJson a;toPrettyJson a;toRawJson a;toString a;toStrings l;toToml a;toToml d
toYaml a;toYamlPretty a;trim s;trimAll s s;trimPrefix s s;trimSuffix s s;trimall s s;trunc i s;tuple a a
typeIs s a;typeIsLike s a;typeOf a;uniq l;unset d s;until i;untilStep i i i;untitle s;upper s;urlParse s
urlquery a;without l a;wrap i s;wrapWith i s s;required s a;toDecimal s;urlJoin d;semver s;and a a;or a a a
include "h.name" a;include "h.echo" a;tpl s a;lookup s s s s;getHostByName s;hello;fromToml s;mustRegexMatch s s
regexMatch s s;regexFind s s;regexFindAll s s i;regexReplaceAll s s s;regexReplaceAllLiteral s s s
regexSplit s s i;buildCustomCert s s;derivePassword i s s s s;decryptAES s s;duration a;durationRound a
`
  .trim()
  .split(/[;\n]/);

const patterns = [
  'a',
  '[a-z]+',
  '(a)(b)?',
  '^x',
  '\\d+',
  '(?i)FOO',
  '.',
  'a*',
  '(',
  '[',
  'a|b',
  '\\bo',
  '$',
  'x{2,3}',
];
const versions = ['1.2.3', 'v1.2', '1', '1.2.3-rc.1', '1.20.0+x', '2.0.0', '01.2.3', 'x', ''];
const constraints = [
  '>=1.2',
  '^1',
  '~1.2.3',
  '1.x',
  '>1 <2',
  '1 - 2',
  '!=1.2.3',
  '>=1.0.0-0',
  '=1.2',
  'a',
  '*',
  '<2 || >3',
];
const layouts = [
  '2006-01-02',
  '15:04:05',
  'Jan _2 06',
  'Mon 3:04PM',
  '2006-01-02T15:04:05.000Z07:00',
  '002 MST -0700',
  'x',
];
const types = [
  'string',
  'int',
  'int64',
  'float64',
  'bool',
  'slice',
  'map',
  '[]interface {}',
  'map[string]interface {}',
];

const paths = [
  ...[
    '.Values.s',
    '.Values.i',
    '.Values.f',
    '.Values.b',
    '.Values.n',
    '.Values.l',
    '.Values.m',
    '.Values.e',
  ],
  ...[
    '.Values.v',
    '.Values.m.k',
    '.Values.m.deep.er',
    '.Values.none',
    '.Values.none.x',
    '.Values.l.x',
    '.Values.s.x',
  ],
  ...[
    '.Values.ll',
    '.Values.lm',
    '.Values.big',
    '.Values.em',
    '.Values.el',
    '.Chart',
    '.Chart.Name',
    '.Chart.X',
  ],
  ...[
    '.Release',
    '.Release.Name',
    '.Capabilities.KubeVersion',
    '.Capabilities.KubeVersion.Major',
    '.Chart.Keywords',
  ],
  ...[
    '.Capabilities.HelmVersion',
    '.Template.Name',
    '.Subcharts',
    '.Chart.Annotations',
    '.Chart.Maintainers',
    '$.Values.s',
  ],
  ...[
    '(.Files.Get "conf/a.txt")',
    '(.Files.Lines "conf/a.txt")',
    '(.Files.Get "conf/b.bin")',
    '(.Files.Glob "conf/*").AsConfig',
  ],
  ...[
    '(.Files.GetBytes "conf/b.bin")',
    '(.Files.Glob "*.txt").AsSecrets',
    '.Chart.IsRoot',
    '.Release.Revision',
    '.',
  ],
] as const;

/** One operand of any kind. */
export function someArgument(random: Random, depth: number): string {
  const roll = random.below(12);
  if (roll < 3) return quoted(random, someText(random));
  if (roll < 5) return anyNumber(random);
  if (roll < 8) return random.pick(paths);
  if (roll === 8) return random.pick(['true', 'false', 'nil']);
  if (depth <= 0) return quoted(random, someText(random));
  return roll === 9
    ? list(random, depth)
    : roll === 10
      ? dictionary(random, depth)
      : `(${someCall(random, depth - 1)})`;
}

function list(random: Random, depth: number): string {
  const roll = random.below(8);
  if (roll === 0) return '.Values.l';
  if (roll === 1) return `(until ${smallNumber(random)})`;
  if (roll === 2) return `(splitList "," ${quoted(random, someText(random))})`;
  if (roll === 3) return '.Values.lm';
  return `(list ${random.some(0, 3, () => someArgument(random, depth - 1)).join(' ')})`;
}

function dictionary(random: Random, depth: number): string {
  const roll = random.below(6);
  if (roll === 0) return '(deepCopy .Values.m)';
  if (roll === 1) return `(split "a" ${quoted(random, someText(random))})`;
  const entries = random.some(0, 3, () => {
    const key = random.pick(['"k"', '"a"', '"b"', '"k"', quoted(random, someText(random))]);
    return `${key} ${someArgument(random, depth - 1)}`;
  });
  return `(dict ${entries.join(' ')})`;
}

function argument(random: Random, kind: string, depth: number): string {
  // Sometimes what the function does not want.
  if (kind !== 'c' && random.chance(0.12))
    return kind === 'i' ? smallNumber(random) : someArgument(random, depth);
  switch (kind) {
    case 's':
      return random.chance(0.15) ? '.Values.s' : quoted(random, someText(random));
    case 'i':
      return random.chance(0.2) ? `(int ${smallNumber(random)})` : smallNumber(random);
    case 'n':
      return random.chance(0.2) ? quoted(random, someText(random)) : anyNumber(random);
    case 'b':
      return random.pick(['true', 'false', '.Values.b', '(eq 1 1)']);
    case 'l':
      return list(random, depth);
    case 'd':
      return dictionary(random, depth);
    case 'a':
      return someArgument(random, depth);
    case 'c': {
      const some = someArgument(random, depth);
      return /(^|[ (])[.$]([ )]|$)/.test(some) ? '.Values' : some;
    }
    default:
      return kind;
  }
}

/** `name argument …`, perhaps with one argument too many or too few. */
export function someCall(random: Random, depth: number): string {
  const special = random.below(24);
  if (special === 0)
    return `semverCompare ${quoted(random, random.pick(constraints))} ${quoted(random, random.pick(versions))}`;
  if (special === 1)
    return `${random.pick(['semver', 'typeOf'])} ${quoted(random, random.pick(versions))}`;
  if (special === 2)
    return `dateInZone ${quoted(random, random.pick(layouts))} (int64 ${random.pick(['0', '1234567890', '-1', '1700000000'])}) ${random.pick(['"UTC"', '"Europe/Paris"', '"America/New_York"', '""', '"x"'])}`;
  if (special === 3)
    return `${random.pick(['regexFindAll', 'mustRegexFindAll', 'regexSplit', 'mustRegexSplit'])} ${quoted(random, random.pick(patterns))} ${quoted(random, someText(random))} ${random.pick(['-1', '0', '1', '2'])}`;
  if (special === 4)
    return `${random.pick(['regexReplaceAll', 'mustRegexReplaceAll', 'regexReplaceAllLiteral'])} ${quoted(random, random.pick(patterns))} ${quoted(random, someText(random))} ${random.pick(['"<$1>"', '"${1}x"', '"$0"', '"$$"', '"-"', '"$1x"'])}`;
  if (special === 5)
    return `${random.pick(['kindIs', 'typeIs', 'typeIsLike'])} ${quoted(random, random.pick(types))} ${someArgument(random, depth)}`;
  if (special === 6)
    return `${random.pick(['regexMatch', 'regexFind', 'mustRegexMatch', 'mustRegexFind'])} ${quoted(random, random.pick(patterns))} ${quoted(random, someText(random))}`;
  if (special === 7)
    return `toDate ${quoted(random, random.pick(layouts))} ${quoted(random, random.pick(['2020-01-02', '15:04:05', 'Jan  2 06', 'x', '2020-13-01']))}`;
  const [name = '', ...kinds] = random.pick(signatures).split(' ');
  const args = kinds.map((kind) => argument(random, kind, depth));
  if (random.chance(0.03)) args.pop();
  if (random.chance(0.03)) args.push(someArgument(random, 0));
  return [name, ...args].join(' ');
}

const stages = [
  ...[
    'quote',
    'toJson',
    'toYaml',
    'printf "%T %v"',
    'printf "%#v"',
    'printf "%q"',
    'typeOf',
    'kindOf',
    'toString',
    'len',
  ],
  ...[
    'upper',
    'trunc 5',
    'indent 2',
    'default "d"',
    'squote',
    'toPrettyJson',
    'b64enc',
    'not',
    'first',
    'empty',
    'join "-"',
  ],
  ...[
    'sha256sum',
    'print',
    'list',
    'toStrings',
    'int',
    'float64',
    'toYamlPretty',
    'html',
    'js',
    'nindent 1',
    'println',
  ],
] as const;

/** A call whose result goes on through others. */
export function somePipeline(random: Random): string {
  const calls = [someCall(random, 2), ...random.some(0, 2, () => random.pick(stages))];
  return calls.join(' | ');
}
