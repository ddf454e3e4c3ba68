/** YAML documents: scalars in every place and style, and collections of them. */
import type { Random } from './random.ts';
import { numberLike, someText } from './scalars.ts';

function scalar(random: Random): string {
  switch (random.below(8)) {
    case 0:
      return numberLike(random);
    case 1:
      return JSON.stringify(someText(random));
    case 2:
      return `'${someText(random).replaceAll("'", "''")}'`;
    case 3:
      return random.pick([
        '1',
        '2.5',
        '1e6',
        '1000000',
        '123456789012',
        '0.1',
        '-7',
        '1e-9',
        '18446744073709551615',
      ]);
    case 4:
      return random.pick([
        '!!str 1',
        '!!int "3"',
        '!!float 1',
        '!!bool yes',
        '!!null ""',
        '!!binary aGk=',
        '!x y',
        '!!int x',
      ]);
    case 5:
      return random.pick(['&a x', '*a', '&a [1]', '&b {c: 1}', '*b', '*none']);
    default:
      return someText(random);
  }
}

function block(random: Random, pad: string): string {
  const style = random.pick(['|', '>', '|-', '>-', '|+', '>+', '|2', '>1-']);
  const lines = random.some(1, 4, () =>
    random.pick(['', 'text', ' more', 'a: b', '  deep', '# no', 'x \t', 'word word']),
  );
  return `${style}\n${lines.map((line) => `${pad}  ${line}`).join('\n')}`;
}

function value(random: Random, depth: number, pad: string): string {
  const roll = random.below(depth <= 0 ? 6 : 10);
  if (roll < 5) return ` ${scalar(random)}`;
  if (roll === 5) return ` ${block(random, pad)}`;
  if (roll === 6) return ` [${random.some(0, 3, () => scalar(random)).join(', ')}]`;
  if (roll === 7)
    return ` {${random.some(0, 3, () => `${key(random)}: ${scalar(random)}`).join(', ')}}`;
  if (roll === 8) return `\n${mapping(random, depth - 1, `${pad}  `)}`;
  return `\n${random.some(1, 3, () => `${pad}- ${scalar(random)}`).join('\n')}`;
}

const key = (random: Random): string =>
  random.pick([
    'a',
    'b',
    'c',
    'key',
    '"q"',
    '1',
    '1.5',
    'yes',
    'null',
    '<<',
    '? x',
    'a b',
    '~',
    '-1',
    someText(random),
  ]);

function mapping(random: Random, depth: number, pad: string): string {
  return random
    .some(1, 4, () => `${pad}${key(random)}:${value(random, depth, pad)}`)
    .join(
      random.chance(0.9) ? '\n' : random.pick(['\n\n', '\n# c\n', ' # c\n', '\n---\n', '\r\n']),
    );
}

export function someDocument(random: Random): string {
  if (random.chance(0.3)) return scalar(random);
  if (random.chance(0.2)) return random.some(1, 3, () => `-${value(random, 1, '')}`).join('\n');
  return mapping(random, 2, '');
}

/** values.yaml that every template may use, and one scalar of its own. */
export function someValues(random: Random): string {
  const own = `v: ${scalar(random).replaceAll('\n', ' ')}\n`;
  return random.chance(0.3) ? fixedValues + own : fixedValues;
}

export const fixedValues = `s: hello
i: 42
f: 1.5
b: true
n: null
e: ""
big: 1000000
l: [a, 1, 2.5, true, null, {x: y}]
ll: [[1, 2], [3]]
lm: [{k: a}, {k: b}]
m: {k: v, n: 1, deep: {er: 1.25}, l: [x]}
em: {}
el: []
`;
