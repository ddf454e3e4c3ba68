import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applySetters } from './setters.ts';

const key = '$imagepolicy';
const values = new Map([
  ['apps:web', 'ghcr.io/us/web:1.10'],
  ['apps:web:tag', '1.10'],
  ['apps:web:name', 'ghcr.io/us/web'],
  ['apps:web:digest', ''],
]);
const set = (text: string) => applySetters(text, 'file.yaml', { key, values });
const marker = (name: string) => `# {"$imagepolicy": "${name}"}`;

describe('applySetters', () => {
  test.each([
    {
      why: 'a plain value',
      text: `image: web:1.9 ${marker('apps:web')}\n`,
      want: `image: ghcr.io/us/web:1.10 ${marker('apps:web')}\n`,
    },
    {
      why: 'quotes stay, of either kind',
      text: `a: "web:1" ${marker('apps:web')}\nb: 'web:1' ${marker('apps:web')}\n`,
      want: `a: "ghcr.io/us/web:1.10" ${marker('apps:web')}\nb: 'ghcr.io/us/web:1.10' ${marker('apps:web')}\n`,
    },
    {
      why: 'a tag that would read as a number is quoted',
      text: `tag: v1 ${marker('apps:web:tag')}\n`,
      want: `tag: "1.10" ${marker('apps:web:tag')}\n`,
    },
    {
      why: 'an empty digest',
      text: `digest: sha256:1 ${marker('apps:web:digest')}\n`,
      want: `digest: "" ${marker('apps:web:digest')}\n`,
    },
    {
      why: 'CRLF, tabs before the comment, odd spaces elsewhere',
      text: `a:   1\r\nimage:  web:1.9\t${marker('apps:web')}\r\n\r\nb: [ 1,2 ]   # c\r\n`,
      want: `a:   1\r\nimage:  ghcr.io/us/web:1.10\t${marker('apps:web')}\r\n\r\nb: [ 1,2 ]   # c\r\n`,
    },
    {
      why: 'several documents, the second of which is a list of values',
      text: `image: web:1 ${marker('apps:web')}\n---\nargs:\n- web:1 ${marker('apps:web')}\n- other\n`,
      want: `image: ghcr.io/us/web:1.10 ${marker('apps:web')}\n---\nargs:\n- ghcr.io/us/web:1.10 ${marker('apps:web')}\n- other\n`,
    },
    {
      why: 'two markers with further keys and no space',
      text: 'name: web #{"$imagepolicy":"apps:web:name","x":"y"}\n',
      want: 'name: ghcr.io/us/web #{"$imagepolicy":"apps:web:name","x":"y"}\n',
    },
  ])('$why', ({ text, want }) => {
    expect(set(text).text).toBe(want);
    expect(set(want)).toEqual({ text: want, changes: [] });
  });

  test.each([
    `image: web:1.9 ${marker('other:web')}\n`,
    `image: web:1.9 # see {"$imagepolicy": "apps:web"}\n`,
    `image: web:1.9 # {"$imagepolicy": 7}\n`,
    `image: web:1.9 # {"$other": "apps:web"}\n`,
    `image: "web # {\\"$imagepolicy\\": \\"apps:web\\"}"\n`,
    `${marker('apps:web')}\nimage: web:1.9\n`,
    `args:\n${marker('apps:web')}\n- web:1.9\n`,
    `image: [web:1.9] ${marker('apps:web')}\n`,
    `image: ${marker('apps:web')}\n`,
    `image: | ${marker('apps:web')}\n  web:1.9\n`,
  ])('leaves %j alone', (text) => {
    expect(set(text)).toEqual({ text, changes: [] });
  });

  test('says what changed, in which object, also within a List', () => {
    const object = (name: string) =>
      `{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: apps, name: ${name}}, spec: x}`;
    const text = `apiVersion: v1
kind: List
items:
- ${object('first')}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {namespace: apps, name: second}
  image: web:1.9 ${marker('apps:web')}
`;
    expect(set(text).changes).toEqual([
      {
        object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'apps', name: 'second' },
        oldValue: 'web:1.9',
        newValue: 'ghcr.io/us/web:1.10',
        setter: 'apps:web',
      },
    ]);
  });

  test('what is no YAML is said to be none', () => {
    expect(() => set(`image: "web ${marker('apps:web')}\n`)).toThrow(/not valid YAML/);
  });

  test('whatever the values are, they are read back, and nothing else has changed', () => {
    const value = fc.oneof(
      fc.string(),
      fc.constantFrom('1e3', 'yes', '~', "it's", '"', '# x', 'a: b'),
    );
    fc.assert(
      fc.property(value, value, fc.constantFrom('', "'", '"'), (before, after, quote) => {
        const written =
          quote === "'"
            ? `'${before.replace(/[\n\r\t]/g, '').replaceAll("'", "''")}'`
            : JSON.stringify(before);
        const text = `a: 1\nimage: ${written} ${marker('n')}\nb: 2 # c\n`;
        const edited = applySetters(text, 'x', { key, values: new Map([['n', after]]) });
        // A second time there is nothing to do, which is how the value is seen to be right.
        const again = applySetters(edited.text, 'x', { key, values: new Map([['n', after]]) });
        expect(again.changes).toEqual([]);
        expect(edited.text.startsWith('a: 1\nimage: ')).toBe(true);
        expect(edited.text.endsWith(` ${marker('n')}\nb: 2 # c\n`)).toBe(true);
      }),
    );
  });
});
