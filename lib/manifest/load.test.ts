import { describe, expect, test } from 'vitest';
import { readDocuments } from './go-yaml.ts';
import { canonicalJson, loadManifests } from './load.ts';

describe('readDocuments reads scalars as Go does', () => {
  test.each([
    ['yes', true],
    ['Off', false],
    ['y', true],
    ['0777', 511],
    ['0x1F', 31],
    ['0b101', 5],
    ['1_000', 1000],
    ['1e3', 1000],
    ['1.10', 1.1],
    ['~', null],
    ['""', ''],
    ['"yes"', 'yes'],
    ['2020-01-01', '2020-01-01'],
    ['1.2.3', '1.2.3'],
  ])('%s', (text, want) => {
    expect(readDocuments(`v: ${text}`)).toEqual([{ v: want }]);
  });

  test('the last of duplicate keys wins, merge keys merge, anchors hold within a document', () => {
    expect(readDocuments('a: 1\na: 2')).toEqual([{ a: 2 }]);
    expect(readDocuments('a: &a {p: 1, q: 1}\nb:\n  <<: *a\n  q: 2')).toEqual([
      { a: { p: 1, q: 1 }, b: { p: 1, q: 2 } },
    ]);
  });
});

describe('loadManifests', () => {
  const names = (text: string) =>
    loadManifests(text, 'f.yaml').objects.map(({ object }) => object.metadata.name);
  const cm = (name: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n`;

  test('skips empty documents and those without kind, unpacks lists of lists', () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n- ${cm('b').trimEnd().replaceAll('\n', '\n  ')}\n- kind: ConfigMapList\n  items:\n  - ${cm('c').trimEnd().replaceAll('\n', '\n    ')}\n`;
    expect(names(`---\n---\n# nothing\n---\na: 1\n---\n${cm('a')}---\n${list}`)).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  test.each([
    ['a: [1\nb: 2\n', 'f.yaml:2: not valid YAML'],
    ['a: [', 'f.yaml:1: not valid YAML'],
    ['kind: ConfigMap\nmetadata: {name: x}\n', 'f.yaml: ConfigMap has no apiVersion'],
    ['apiVersion: v1\nkind: ConfigMap\n', 'f.yaml: ConfigMap has no metadata.name'],
    [
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, annotations: {a: true}}\n',
      'f.yaml: ConfigMap x: metadata.annotations[a] is not a string; put its value in quotes',
    ],
  ])('%j gives an error that says where', (text, message) => {
    const { objects, errors } = loadManifests(text, 'f.yaml');
    expect(objects).toEqual([]);
    expect(errors.map((error) => error.message)).toEqual([expect.stringContaining(message)]);
  });

  test('one bad object does not take the others with it', () => {
    const { objects, errors } = loadManifests(`${cm('a')}---\nkind: X\n---\n${cm('b')}`, 'f.yaml');
    expect(objects).toHaveLength(2);
    expect(errors).toHaveLength(1);
  });
});

test('canonicalJson does not depend on the order of keys', () => {
  expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
});
