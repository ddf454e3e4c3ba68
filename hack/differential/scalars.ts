/** Texts and numbers with an edge to them. */
import type { Random } from './random.ts';

const words = [
  ...[
    '',
    ' ',
    'a',
    'abc',
    'hello world',
    'Hello World',
    'FOO_BAR',
    'fooBarBaz',
    'foo-bar',
    'x y z',
  ],
  ...['true', 'false', 'yes', 'No', 'on', 'null', '~', 'nil', 'y', 'N', '.inf', '-.Inf', '.nan'],
  ...['0', '1', '-1', '007', '0x1F', '0o17', '0b11', '1_000', '1e3', '1.5', '.5', '5.', '+3', '-0'],
  ...['1:30', '190:20:30', '2020-01-02', '2020-01-02T03:04:05Z', '12e03', '1.2.3', 'v1.2.3-rc.1+b'],
  ...['a: b', 'a:b', '- a', '-a', '#c', 'a #c', '[a]', '{a: b}', '*x', '&x', '!x', '|', '>', '%a'],
  ...[
    "it's",
    'say "hi"',
    'back\\slash',
    'tab\there',
    'line\nline2',
    'end\n',
    '\n',
    '\n\nx',
    'a\r\nb',
  ],
  ...['é', 'ünïcödé', '日本語', '😀', 'a\u00a0b', '\u2028', '\ufeffx', 'ß', 'ǅ', 'İ', '\u0085'],
  ...[
    '<a href="x">&amp;</a>',
    '{{ . }}',
    '$x',
    '${1}',
    '%d',
    '%',
    '`tick`',
    'a/b/../c.txt',
    '/abs/./p',
  ],
  ...[
    'http://u:p@h.com:80/p%20q?x=1#f',
    'foo,bar,baz',
    'aaaa',
    'abcabc',
    '  padded  ',
    'key=value',
  ],
  ...[
    '=',
    '<<',
    '---',
    '...',
    '--- a',
    '? a',
    ': a',
    'a:',
    '@a',
    '-',
    '--',
    '?',
    ':',
    '.',
    ',',
    "'",
    '"',
  ],
  'the quick brown fox jumps over the lazy dog and keeps on running through the forest until night',
] as const;

const letters = [...'abcXYZ019 _-.:,/#"\'\\\n\t{}[]&*!|>%@`~=?<$éß日😀'];

export function someText(random: Random): string {
  if (random.chance(0.8)) return random.pick(words);
  return random.some(0, 8, () => random.pick(letters)).join('');
}

const specialNumbers = [
  ...[
    '0',
    '1',
    '2',
    '3',
    '5',
    '7',
    '10',
    '16',
    '63',
    '64',
    '100',
    '255',
    '256',
    '1000',
    '-1',
    '-2',
  ],
  ...['-10', '65', '0x1F', '0b101', '0o17', '017', '1_000', "'a'", "'\\n'", "'日'", '+5', '-0'],
] as const;

const largeNumbers = [
  ...[
    '2147483647',
    '2147483648',
    '9007199254740993',
    '9223372036854775807',
    '-9223372036854775808',
  ],
  ...['1000000', '123456789', '4294967296', '-1234567', '0xFFFFFFFF', '0x7fffffffffffffff'],
] as const;

const floats = [
  ...[
    '0.0',
    '1.0',
    '1.5',
    '-2.5',
    '3.14159',
    '0.1',
    '100.0',
    '1e3',
    '1e6',
    '1e21',
    '1e-7',
    '.5',
    '5.',
  ],
  ...['123456.789', '0x1p4', '0x.8p1', '1e100', '-0.0', '1_0.5', '2.5e-3', '1234567.0', '1e20'],
] as const;

/** A number literal that no function takes for an amount of work. */
export const smallNumber = (random: Random): string => random.pick(specialNumbers);

export function anyNumber(random: Random): string {
  if (random.chance(0.5)) return smallNumber(random);
  return random.pick(random.chance(0.4) ? largeNumbers : floats);
}

const digits = [...'0123456789abcdefxXoObB_.eEpP+-i'];

/** Something that looks like a number. */
export const numberLike = (random: Random): string =>
  random.pick(['', '-', '+', '0x', '0', '1', '.']) +
  random.some(0, 5, () => random.pick(digits)).join('');

/** As a literal of a template, in one of Go's quotes. */
export function quoted(random: Random, text: string): string {
  if (random.chance(0.2) && !/[`\r]/.test(text)) return `\`${text}\``;
  return JSON.stringify(text).replaceAll(/\\u[0-9a-f]{4}/g, (escape) => escape);
}
