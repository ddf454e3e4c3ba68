import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { substitute } from './envsubst.ts';

const variables: Readonly<Record<string, string>> = {
  a: 'abcABC123ABCabc',
  p: '/home/bozo/ideas/x.tar.gz',
  e: '',
  u: 'Grüße/Öl',
  n: '12',
};

describe('substitute', () => {
  test.each([
    ['no variables: $a {a} $$a', 'no variables: $a {a} $a'],
    ['${a^^} ${a,,} ${n}', 'ABCABC123ABCABC abcabc123abcabc 12'],
    ['${missing:-none} ${e:-empty} ${missing:=${n}}', 'none empty 12'],
    ['${#u}', '11'],
    ['${p##*/} ${p%%.*} ${p#*/}', 'x.tar.gz /home/bozo/ideas/x home/bozo/ideas/x.tar.gz'],
    ['${p//\\//-}', '-home-bozo-ideas-x.tar.gz'],
    ['${a:3:3}${a:-3}', 'ABCabcABC123ABCabc'],
    ['$${a} $$${n}', '${a} $12'],
  ])('%s', (text, want) => {
    expect(substitute(text, (name) => variables[name])).toBe(want);
  });

  test('random texts, as the original (fluxcd/pkg/envsubst 1.7.0) substitutes them', () => {
    const file = new URL('testdata/envsubst.jsonl', import.meta.url);
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    expect(lines.length).toBeGreaterThan(250);
    for (const line of lines) {
      const { input, out, err } = JSON.parse(line) as { input: string; out?: string; err?: string };
      const attempt = () => substitute(input, (name) => variables[name]);
      if (err === undefined) expect(attempt(), input).toBe(out);
      else expect(attempt, input).toThrow(`variable substitution failed: ${err}`);
    }
  });
});
