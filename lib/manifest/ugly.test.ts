/** YAML as people write it: an edit changes the characters of the tag and no other byte. */
import { describe, expect, test } from 'vitest';
import { parseImageRef } from '../policy/mod.ts';
import { updateImage } from './update.ts';

interface Shape {
  why: string;
  kind: 'Deployment' | 'HelmRelease' | 'CronJob';
  container: string;
  /** `TAG` stands for the tag, once. */
  text: string;
  namespace?: string;
}

const pods = (why: string, containers: string, head = ''): Shape => ({
  why,
  kind: 'Deployment',
  container: 'app',
  text: `${head}apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\nspec:\n  template:\n    spec:\n${containers}`,
});

const release = (why: string, values: string, container = 'chart-image'): Shape => ({
  why,
  kind: 'HelmRelease',
  container,
  text: `apiVersion: helm.fluxcd.io/v1\nkind: HelmRelease\nmetadata:\n  name: a\nspec:\n  values:\n${values}`,
});

const shapes: Shape[] = [
  pods('plain', '      containers:\n      - name: app\n        image: o/app:TAG\n'),
  pods('lists deeper', '      containers:\n        - name: app\n          image: o/app:TAG\n'),
  pods(
    'lists much deeper',
    '      containers:\n           -   name: app\n               image: o/app:TAG\n',
  ),
  pods('single quotes', "      containers:\n      - name: 'app'\n        image: 'o/app:TAG'\n"),
  pods('double quotes', '      containers:\n      - name: "app"\n        image: "o/app:TAG"\n'),
  pods('quoted keys', '      "containers":\n      - "name": app\n        \'image\': o/app:TAG\n'),
  pods('flow map', '      containers:\n      - {name: app, image: o/app:TAG, args: []}\n'),
  pods('flow list', '      containers: [{name: app, image: "o/app:TAG"}, {name: b, image: c}]\n'),
  pods(
    'flow over lines',
    '      containers: [\n        {name: app,\n         image: o/app:TAG\n        },\n      ]\n',
  ),
  pods(
    'comment behind',
    '      containers:\n      - name: app\n        image: o/app:TAG # o/app:v1\n',
  ),
  pods(
    'comment before',
    '      containers:\n      # image: o/app:v1\n      - name: app # x\n        # y\n        image: o/app:TAG\n',
  ),
  pods(
    'blank lines',
    '\n\n      containers:\n\n      - name: app\n\n\n        image: o/app:TAG\n\n\n',
  ),
  pods(
    'trailing blanks',
    '      containers:   \n      - name: app  \n        image: o/app:TAG   \n',
  ),
  pods(
    'many blanks behind the colon',
    '      containers:\n      - name:     app\n        image:       o/app:TAG\n',
  ),
  pods('image first', '      containers:\n      - image: o/app:TAG\n        name: app\n'),
  pods(
    'anchor on the value',
    '      containers:\n      - name: app\n        image: &i o/app:TAG\n',
  ),
  pods(
    'anchor on the container',
    '      containers:\n      - &c\n        name: app\n        image: o/app:TAG\n      - <<: *c\n        name: b\n        image: x\n',
  ),
  pods('tagged value', '      containers:\n      - name: app\n        image: !!str o/app:TAG\n'),
  pods(
    'block scalars with look-alikes',
    '      containers:\n      - name: app\n        args:\n        - |\n          image: o/app:v1\n        - >-\n          image: o/app:v1\n          folded\n        image: o/app:TAG\n',
  ),
  pods(
    'strings over lines',
    '      containers:\n      - name: app\n        args: ["a\n          b", \'c\n          d\']\n        image: o/app:TAG\n',
  ),
  pods(
    'plain text over lines',
    '      containers:\n      - name: app\n        args:\n        - one\n          two\n          three\n        image: o/app:TAG\n',
  ),
  pods(
    'twice the same key',
    '      containers:\n      - name: app\n        image: o/app:old\n        image: o/app:TAG\n',
  ),
  pods(
    'others with the same image',
    '      containers:\n      - {name: b, image: o/app:v1}\n      - name: app\n        image: o/app:TAG\n      - {name: c, image: o/app:v1}\n',
  ),
  pods(
    'characters of all kinds',
    '      containers:\n      - name: app # größer 漢字 🚀 \u00a0\n        env: [{name: Ä, value: "\\u00e4\\t"}]\n        image: o/app:TAG\n',
  ),
  pods(
    'question marks',
    '      containers:\n      - name: app\n        ? image\n        : o/app:TAG\n',
  ),
  pods(
    'a long line',
    `      containers:\n      - name: app\n        args: ["${'word '.repeat(80)}"]\n        image: o/app:TAG\n`,
  ),
  pods(
    'yes and no and numbers',
    '      hostNetwork: yes\n      x: [0777, 1_000, 0x1F, 1e3, ~, null, No]\n      containers:\n      - name: app\n        image: o/app:TAG\n',
  ),
  pods(
    'a registry with a port',
    '      containers:\n      - name: app\n        image: localhost:5000/o/app:TAG\n',
  ),
  {
    why: 'a cron job',
    kind: 'CronJob',
    container: 'app',
    text: 'apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec:\n  jobTemplate: {spec: {template: {spec: {containers: [{name: app, image: o/app:TAG}]}}}}\n',
  },
  {
    why: 'JSON over lines',
    kind: 'Deployment',
    container: 'app',
    text: '{\n  "apiVersion": "apps/v1",\n  "kind": "Deployment",\n  "metadata": { "name": "a" },\n\t"spec": {"template": {"spec": {"containers": [\n    {"name": "app", "image": "o/app:TAG"}\n  ]}}}\n}\n',
  },
  release('tag', '    image:\n      repository: o/app\n      tag: TAG\n'),
  release('tag in quotes', '    image:\n      repository: "o/app"\n      tag: "TAG"\n'),
  release('tag in single quotes', "    image:\n      repository: 'o/app'\n      tag: 'TAG'\n"),
  release('tag first', '    image:\n      tag: TAG\n      repository: o/app\n'),
  release(
    'tag with a comment',
    '    image:\n      repository: o/app # v1\n      tag: TAG # {"$imagepolicy": 1}\n',
  ),
  release('flow', '    image: {repository: o/app, tag: TAG, pullPolicy: Always}\n'),
  release('image and tag', '    image: o/app\n    tag: TAG\n'),
  release('whole reference', '    image: o/app:TAG\n'),
  release(
    'one level down',
    '    web:\n      image: o/app\n      tag: TAG\n    db:\n      image: o/db\n      tag: v1\n',
    'web',
  ),
  release(
    'text with the same words',
    '    notes: |\n      image:\n        tag: v1\n    image:\n      repository: o/app\n      tag: TAG\n',
  ),
];

/** What surrounds the document, or what its lines are like. */
const surroundings: [string, (text: string) => string][] = [
  ['as it is', (text) => text],
  ['CRLF', (text) => text.replaceAll('\n', '\r\n')],
  ['a byte order mark', (text) => `\uFEFF${text}`],
  ['no line break at the end', (text) => text.trimEnd()],
  ['a document start', (text) => `---\n${text}`],
  ['a document start with a comment', (text) => `# top\n--- # here\n${text}...\n`],
  [
    'documents around it',
    (text) => `kind: X\n---\n---\na: [1]\n---\n${text}---\nkind: Deployment\nmetadata: {name: b}\n`,
  ],
  ['a directive', (text) => `%YAML 1.1\n---\n${text}`],
  ['comments behind the last line', (text) => `${text}# end\n#\n\n`],
  [
    'a workload of the same name elsewhere',
    (text) =>
      `${text}---\n${text
        .replace('name: a', 'name: a, namespace: other')
        .replace(/name: a, namespace: other\n/, 'name: a\n  namespace: other\n')
        .replace('TAG', 'v1')}`,
  ],
];

const cases = shapes.flatMap((shape) =>
  surroundings
    // JSON takes no directives of YAML's sort here, and its comments are none.
    .filter(([, wrap]) => !(shape.why.startsWith('JSON') && wrap('x').includes('other')))
    .map(([around, wrap]) => ({ ...shape, around, wrap })),
);

describe(`${cases.length} ugly files`, () => {
  test('are at least three hundred', () => {
    expect(cases.length).toBeGreaterThanOrEqual(300);
  });

  test.each(cases)('$kind, $why, $around', ({ text, wrap, kind, container }) => {
    const file = (tag: string) => wrap(text).replace('TAG', tag);
    const name = /localhost:5000/.test(text) ? 'localhost:5000/o/app' : 'o/app';
    const to = parseImageRef(`${name}:v2`);
    const workload = { kind, name: 'a', namespace: undefined };
    expect(updateImage(file('v1'), 'f.yaml', workload, container, to)).toBe(file('v2'));
  });
});
