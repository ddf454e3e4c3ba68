import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseImageRef } from '../policy/mod.ts';
import { updateImage, updatePolicies } from './update.ts';

const release = { kind: 'HelmRelease', name: 'podinfo-dev', namespace: 'dev' };
const deployment = { kind: 'deployment', name: 'podinfo', namespace: undefined };

function hr(values: string, annotations = ''): string {
  return `apiVersion: helm.fluxcd.io/v1
kind: HelmRelease
metadata:
  name: podinfo-dev
  namespace: dev
${annotations}spec:
  releaseName: podinfo-dev
  values:
${values}`;
}

function pods(containers: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: podinfo
spec:
  template:
    spec:
${containers}`;
}

describe('updateImage in a HelmRelease', () => {
  const to = parseImageRef('quay.io/o/app:2.0');
  test.each([
    ['image: string', '    image: quay.io/o/app:1.0\n', '    image: quay.io/o/app:2.0\n'],
    [
      'image and tag',
      '    image: quay.io/o/app\n    tag: "1.0"\n',
      '    image: quay.io/o/app\n    tag: "2.0"\n',
    ],
    [
      'registry, image, tag',
      "    registry: quay.io\n    image: o/app\n    tag: '1.0'\n",
      "    registry: quay.io\n    image: o/app\n    tag: '2.0'\n",
    ],
    [
      'registry and image',
      '    registry: quay.io\n    image: o/app:1.0\n',
      '    registry: quay.io\n    image: o/app:2.0\n',
    ],
    [
      'image.repository and image.tag',
      '    image:\n      repository: quay.io/o/app\n      tag: 1.0.1 # the tag\n',
      "    image:\n      repository: quay.io/o/app\n      tag: '2.0' # the tag\n",
    ],
    [
      'image.registry, image.repository, image.tag',
      '    image:\n      registry: quay.io\n      repository: o/app\n      tag: v1\n',
      "    image:\n      registry: quay.io\n      repository: o/app\n      tag: '2.0'\n",
    ],
    [
      'image.repository with the tag in it',
      '    image:\n      repository: quay.io/o/app:1.0\n',
      '    image:\n      repository: quay.io/o/app:2.0\n',
    ],
    [
      'a flow map',
      '    image: {repository: quay.io/o/app, tag: v1}\n',
      "    image: {repository: quay.io/o/app, tag: '2.0'}\n",
    ],
  ])('%s', (_why, before, after) => {
    expect(updateImage(hr(before), 'f.yaml', release, 'chart-image', to)).toBe(hr(after));
  });

  test('follows mapping annotations', () => {
    const annotations =
      '  annotations:\n    repository.fluxcd.io/app: a.b.repo\n    tag.fluxcd.io/app: a.b.version\n';
    const values = (tag: string) =>
      `    a:\n      b:\n        repo: quay.io/o/app\n        version: ${tag}\n`;
    expect(
      updateImage(
        hr(values('v1'), annotations),
        'f.yaml',
        release,
        'app',
        parseImageRef('quay.io/o/app:v2'),
      ),
    ).toBe(hr(values('v2'), annotations));
  });

  test('names a container by its key one level down', () => {
    const values = (tag: string) =>
      `    sidecar:\n      image: o/side:${tag}\n    image: o/app:v1\n`;
    expect(
      updateImage(hr(values('v1')), 'f.yaml', release, 'sidecar', parseImageRef('o/side:v2')),
    ).toBe(hr(values('v2')));
  });
});

describe('updateImage keeps every other byte of', () => {
  const to = parseImageRef('o/app:v2');
  test.each([
    [
      'comments and odd spacing',
      '      containers:   # all\n      -   name:  app\n          image:   o/app:VERSION   # {"$x": 1}\n',
    ],
    ['double quotes', '      containers:\n        - name: app\n          image: "o/app:VERSION"\n'],
    ['single quotes', "      containers:\n        - name: app\n          image: 'o/app:VERSION'\n"],
    [
      'flow style',
      '      containers: [{name: app, image: "o/app:VERSION"}, {name: b, image: x}]\n',
    ],
    [
      'the image before the name',
      '      containers:\n        - image: o/app:VERSION\n          name: app\n',
    ],
    [
      'anchors',
      '      containers:\n        - name: app\n          image: &img o/app:VERSION\n        - {name: other, image: x}\n',
    ],
    [
      'init containers',
      '      containers: []\n      initContainers:\n        - name: app\n          image: o/app:VERSION\n',
    ],
    [
      'no final line break',
      '      containers:\n        - name: app\n          image: o/app:VERSION',
    ],
    [
      'tabs in comments',
      '      containers:\n        - name: app #\tx\n          image: o/app:VERSION\n',
    ],
    [
      'non-ASCII text',
      '      containers:\n        - name: app # größer 漢字 🚀\n          image: o/app:VERSION\n',
    ],
    [
      'block scalars around it',
      '      containers:\n        - name: app\n          args:\n            - |\n              image: o/app:v1\n          image: o/app:VERSION\n',
    ],
    [
      'very long lines',
      `      containers:\n        - name: app\n          args: ["${'x '.repeat(200)}"]\n          image: o/app:VERSION\n`,
    ],
  ])('%s', (_why, template) => {
    const before = pods(template.replace('VERSION', 'v1'));
    expect(updateImage(before, 'f.yaml', deployment, 'app', to)).toBe(
      pods(template.replace('VERSION', 'v2')),
    );
  });

  test.each([
    ['CRLF line ends', (text: string) => text.replaceAll('\n', '\r\n')],
    ['a byte order mark', (text: string) => `\uFEFF${text}`],
    [
      'other documents before and behind',
      (text: string) => `# top\n---\na: 1\n---\n${text}---\n# end\nkind: Foo\n...\n`,
    ],
    ['a leading directive line', (text: string) => `---\n${text}`],
    [
      'a List',
      (text: string) =>
        `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: c}\n- ${text.trimEnd().split('\n').join('\n  ')}\n`,
    ],
    ['JSON', (text: string) => text],
  ])('%s', (_why, wrap) => {
    const file = (tag: string) =>
      wrap(pods(`      containers:\n        - name: app\n          image: o/app:${tag}\n`));
    expect(updateImage(file('v1'), 'f.yaml', deployment, 'app', to)).toBe(file('v2'));
  });

  test('JSON in YAML', () => {
    const json = (tag: string) =>
      `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"podinfo"},"spec":{"template":{"spec":{"containers":[{"name":"app","image":"o/app:${tag}"}]}}}}`;
    expect(updateImage(json('v1'), 'f.yaml', deployment, 'app', to)).toBe(json('v2'));
  });
});

describe('updateImage refuses', () => {
  const file = pods('      containers:\n        - name: app\n          image: o/app:v1\n');
  test.each([
    ['an unknown workload', { ...deployment, name: 'nope' }, 'app', 'WorkloadNotFound'],
    ['an unknown container', deployment, 'nope', 'ContainerNotFound'],
    [
      'the same name in another namespace',
      { ...deployment, namespace: 'other' },
      'app',
      'WorkloadNotFound',
    ],
  ])('%s', (_why, workload, container, reason) => {
    expect(() =>
      updateImage(file, 'f.yaml', workload, container, parseImageRef('o/app:v2')),
    ).toThrow(expect.objectContaining({ reason }));
  });
});

describe('updatePolicies', () => {
  const file = (annotations: string) => `kind: Deployment
apiVersion: apps/v1
metadata:
  name: podinfo
${annotations}  # behind
spec: {}
`;
  test.each([
    {
      why: 'adds to the end of the annotations',
      before: '  annotations:\n    a: b # c\n',
      change: { add: { automated: 'true' }, remove: [] },
      after: "  annotations:\n    a: b # c\n    fluxcd.io/automated: 'true'\n",
    },
    {
      why: 'makes the annotations when there are none',
      before: '  labels: {a: b}\n',
      change: { add: { 'tag.podinfod': 'glob:3.5.*' }, remove: [] },
      after: '  labels: {a: b}\n  annotations:\n    fluxcd.io/tag.podinfod: glob:3.5.*\n',
    },
    {
      why: 'keeps the key under which a policy stands',
      before: '  annotations:\n    flux.weave.works/automated: "false"\n',
      change: { add: { automated: 'true' }, remove: [] },
      after: '  annotations:\n    flux.weave.works/automated: "true"\n',
    },
    {
      why: 'removes a key and leaves the others',
      before: "  annotations:\n    fluxcd.io/locked: 'true'\n    a: b\n",
      change: { add: {}, remove: ['locked'] },
      after: '  annotations:\n    a: b\n',
    },
    {
      why: 'removes the annotations with their last key',
      before: "  annotations:\n    fluxcd.io/locked: 'true'\n",
      change: { add: {}, remove: ['locked'] },
      after: '',
    },
    {
      why: 'removes block scalars whole',
      before: '  annotations:\n    fluxcd.io/locked_msg: |\n      two\n      lines\n    a: b\n',
      change: { add: {}, remove: ['locked_msg'] },
      after: '  annotations:\n    a: b\n',
    },
    {
      why: 'fills empty flow annotations',
      before: '  annotations: {}\n',
      change: { add: { locked: 'true' }, remove: [] },
      after: "  annotations:\n    fluxcd.io/locked: 'true'\n",
    },
    {
      why: 'works in flow style',
      before: "  annotations: {a: b, fluxcd.io/locked: 'true'}\n",
      change: { add: { automated: 'true' }, remove: ['locked'] },
      after: "  annotations: {a: b, fluxcd.io/automated: 'true'}\n",
    },
    {
      why: 'removal beats addition',
      before: '  annotations:\n    a: b\n    filter.fluxcd.io/x: glob:1\n',
      change: { add: { 'tag.x': 'glob:2' }, remove: ['tag.x'] },
      after: '  annotations:\n    a: b\n',
    },
  ])('$why', ({ before, change, after }) => {
    expect(updatePolicies(file(before), 'f.yaml', deployment, change)).toBe(file(after));
  });
});

test('any tag can be written and is read back, and only its characters change', () => {
  const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,30}$/);
  const quote = fc.constantFrom('', '"', "'");
  fc.assert(
    fc.property(tag, quote, (next, q) => {
      const file = (value: string) =>
        hr(`    image:\n      repository: o/app\n      tag: ${value} # keep\n    x: 1\n`);
      const after = updateImage(
        file(`${q}v1${q}`),
        'f.yaml',
        release,
        'chart-image',
        parseImageRef(`o/app:${next}`),
      );
      const written = after.slice(file('').indexOf('tag: ') + 5, after.indexOf(' # keep'));
      expect(after).toBe(file(written));
      expect([next, `"${next}"`, `'${next}'`]).toContain(written);
    }),
  );
});
