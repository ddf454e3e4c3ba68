import { describe, expect, test } from 'vitest';
import type { GoMap } from '../values/mod.ts';
import { writeJson } from '../yaml/mod.ts';
import { setFileValues, setValues } from './strvals.ts';
import type { SetKind } from './strvals.ts';

// Each row's `want` is what helm 3.19.0 makes of `--set…` with the text.
describe('setValues', () => {
  test.each<{ text: string; kind?: SetKind; want: string }>([
    { text: 'a=1,b=true,c=null,d=x', want: '{"a":1,"b":true,"c":null,"d":"x"}' },
    { text: 'a=0123,b=0,c=-5,d=1.5', want: '{"a":"0123","b":0,"c":-5,"d":"1.5"}' },
    { text: 'a.b.c=x', want: '{"a":{"b":{"c":"x"}}}' },
    { text: 'a={x,y,1}', want: '{"a":["x","y",1]}' },
    { text: 'a[1].b=x', want: '{"a":[null,{"b":"x"}]}' },
    { text: 'a[0][1]=x', want: '{"a":[[null,"x"]]}' },
    { text: String.raw`a\.b=x\,y`, want: '{"a.b":"x,y"}' },
    { text: 'a=', want: '{"a":""}' },
    { text: 'a=1,b=true', kind: 'string', want: '{"a":"1","b":"true"}' },
    { text: 'a={"b":[1,2]},c="x,y"', kind: 'json', want: '{"a":{"b":[1,2]},"c":"x,y"}' },
    { text: 'a=', kind: 'json', want: '{"a":null}' },
    { text: 'a.b=x,y=z', kind: 'literal', want: '{"a":{"b":"x,y=z"}}' },
  ])('$text as $kind is $want', ({ text, kind, want }) => {
    const values: GoMap = new Map();
    setValues(values, text, kind);
    expect(writeJson(values)).toBe(want);
  });

  test.each([
    { text: 'a', want: 'key "a" has no value' },
    { text: 'a,b=1', want: 'key "a" has no value (cannot end with ,)' },
    { text: 'a={x', want: "list must terminate with '}'" },
    { text: 'a[-1]=x', want: 'negative -1 index not allowed' },
    { text: 'a[99999]=x', want: 'index of 99999 is greater than maximum supported index of 65536' },
  ])('$text is refused: $want', ({ text, want }) => {
    expect(() => setValues(new Map(), text)).toThrow(want);
  });

  test('a file gives its content as text', () => {
    const values: GoMap = new Map();
    setFileValues(values, 'a.b=notes.txt', (name) => `content of ${name}`);
    expect(writeJson(values)).toBe('{"a":{"b":"content of notes.txt"}}');
  });
});
