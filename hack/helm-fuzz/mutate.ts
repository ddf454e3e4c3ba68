/** Inputs that are nearly right: bytes cut, doubled, swapped, replaced. */
import type { Random } from '../differential/random.ts';

/** What parsers trip over. */
const words = [
  '{{',
  '}}',
  '{{-',
  '-}}',
  '/*',
  '*/',
  ':=',
  '|',
  '(',
  ')',
  '$',
  '.',
  '"',
  '`',
  "'",
  '\\',
  '\\u',
  '\\x',
  '%',
  '%!',
  '%[99999999999]d',
  '%999999999d',
  '{',
  '}',
  '[',
  ']',
  ': ',
  '- ',
  '? ',
  '&a ',
  '*a',
  '<<: ',
  '!!binary ',
  '!!float ',
  '!<',
  '|2-\n',
  '>+\n',
  '---\n',
  '...\n',
  '%YAML 1.1\n',
  '\t',
  '\n',
  '\r\n',
  '\0',
  '\ufeff',
  '\u2028',
  '9223372036854775808',
  '-9223372036854775808',
  '1e999',
  '0x',
  '0b2',
  '1_0',
  '.inf',
  'nil',
  'true',
  'end',
  'else',
  'range',
  'break',
  'define "a"',
  'template "a" .',
  'block "a" .',
  'include "a" .',
  'tpl "{{ . }}" .',
  'index',
  'slice',
  'printf',
  'toYaml',
  'fromToml',
  'regexReplaceAll "(" "a" "b"',
  '../',
  '/',
].map((word) => new TextEncoder().encode(word));

/** @param most length of what comes out, in bytes */
export function mutate(input: Uint8Array, random: Random, most = 4096): Uint8Array {
  let bytes = input;
  for (let left = random.below(4); left >= 0; left -= 1) bytes = change(bytes, random);
  return bytes.subarray(0, most);
}

function change(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + random.below(random.chance(0.1) ? 400 : 12));
  const [before, part, after] = [
    bytes.subarray(0, at),
    bytes.subarray(at, end),
    bytes.subarray(end),
  ];
  switch (random.below(7)) {
    case 0:
      return joined(before, after);
    case 1:
      return joined(before, random.pick(words), bytes.subarray(at));
    case 2:
      return joined(before, random.pick(words), after);
    case 3:
      return joined(before, ...Array.from({ length: 1 + random.below(40) }, () => part), after);
    case 4: {
      const other = random.below(bytes.length + 1);
      return joined(before, bytes.subarray(other, other + 20), after);
    }
    case 5:
      return joined(before, Uint8Array.of(random.below(256)), after);
    default: {
      const copy = bytes.slice();
      if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
      return copy;
    }
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
