/** The verbs about objects on the sandbox, with the toolkit at work; the older operator's answers are written by hand. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readDocuments } from '../../lib/manifest/mod.ts';
import type { KubeObject } from '../../lib/objects/mod.ts';
import { isRecord } from '../../lib/runtime/mod.ts';
import { markOf, syncSetName } from '../../lib/wire/mod.ts';
import { push, smallChart, startStage } from '../../toolkit/_harness.ts';
import type { Stage } from '../../toolkit/_harness.ts';
import { testWorld } from '../_world.ts';
import { runFluxctl } from '../run.ts';

let stage: Stage;
let kubeconfig: string;
let revision: string;

const namespace = 'apps';
const web = (image: string, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: apps}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "${image}"}]}
---
apiVersion: v1
kind: Secret
metadata: {name: hidden, namespace: apps}
stringData: {password: ${image}}
${more}`;
const settings = `---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: apps}
data: {a: "1"}
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: small, namespace: apps}
spec:
  interval: 1h
  chart: {spec: {chart: ./charts/small, interval: 1h, sourceRef: {kind: GitRepository, name: repo}}}
`;

const v2 = (kind: string, apiVersion: string, name: string, spec: object): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace },
  spec,
});

beforeAll(async () => {
  stage = await startStage();
  const { api, git } = stage.sandbox;
  kubeconfig = path.join(stage.folder, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'c',
        cluster: {
          server: api.url,
          'certificate-authority-data': Buffer.from(api.ca).toString('base64'),
        },
      },
    ],
    users: [{ name: 'u', user: { token: api.token } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace } }],
    'current-context': 'x',
  };
  await writeFile(kubeconfig, JSON.stringify(config));
  const older = await readFile(
    fileURLToPath(new URL('../../crds/helmreleases.yaml', import.meta.url)),
    'utf8',
  );
  for (const definition of readDocuments(older))
    if (isRecord(definition)) await stage.apply(definition as KubeObject);
  stage.kube.invalidateDiscovery();
  const url = await git.createRepository('repo');
  const chart = Object.entries(smallChart('1.0.0')).map(([name, text]) => [
    `charts/small/${name}`,
    text,
  ]);
  revision = await push(stage.folder, url, {
    'deploy/web.yaml': web('o/web:1', settings),
    ...(Object.fromEntries(chart) as Record<string, string>),
  });
  const source = 'source.toolkit.fluxcd.io/v1';
  const sourceRef = { kind: 'GitRepository', name: 'repo' };
  const common = { interval: '1h', prune: true, sourceRef };
  await stage.apply(v2('GitRepository', source, 'repo', { interval: '1h', url }));
  await stage.apply(v2('HelmRepository', source, 'oci', { type: 'oci', url: 'oci://127.0.0.1/x' }));
  await stage.apply(
    v2('Kustomization', 'kustomize.toolkit.fluxcd.io/v1', 'web', { ...common, path: './deploy' }),
  );
  await stage.apply(
    v2('Kustomization', 'kustomize.toolkit.fluxcd.io/v1', 'bad', { ...common, path: './nowhere' }),
  );
  await stage.says('HelmRelease', 'small', 'Ready', 'InstallSucceeded');
  await stage.says('Kustomization', 'web', 'Ready', 'ReconciliationSucceeded');
  await stage.says('Kustomization', 'bad', 'Ready', 'ArtifactFailed');
}, 60_000);

afterAll(() => stage.close());

async function fluxctl(words: string, signal?: AbortSignal) {
  const world = testWorld({
    env: { KUBECONFIG: kubeconfig, PATH: process.env['PATH'] },
    ...(signal === undefined ? {} : { signal }),
  });
  const status = await runFluxctl(words.split(' '), world);
  return { status, ...world.printed };
}

const cells = (table: string) =>
  table.split('\n').map((line) => line.split('\t').map((cell) => cell.trim()));

describe('get', () => {
  test('kinds, one object, sources, JSON', async () => {
    const found = await fluxctl('get ks');
    expect(found.status).toBe(0);
    expect(cells(found.out).slice(0, 3)).toEqual([
      ['NAME', 'REVISION', 'SUSPENDED', 'READY', 'MESSAGE'],
      ['bad', '', 'False', 'False', expect.stringContaining('path not found'), ''],
      [
        'web',
        `master@sha1:${revision.slice(0, 8)}`,
        'False',
        'True',
        `Applied revision: master@sha1:${revision.slice(0, 8)}`,
        '',
      ],
    ]);
    const one = await fluxctl('get hr small --show-source --no-header');
    expect(cells(one.out)[0]?.slice(0, 3)).toEqual(['small', 'GitRepository/apps/repo', '1.0.0']);
    const json = await fluxctl('get source git repo -o json');
    expect(JSON.parse(json.out)).toMatchObject({
      kind: 'GitRepository',
      metadata: { name: 'repo' },
    });
    expect((await fluxctl('get source git repo -o yaml')).out).toContain('kind: GitRepository\n');
  });

  test('what is not ready, everywhere', async () => {
    const { out, err } = await fluxctl('get all -A --status-selector ready=false');
    expect(cells(out).filter(([place]) => place === namespace)).toHaveLength(1);
    expect(err).toBe('');
  });

  test('what is not there', async () => {
    expect(await fluxctl('get ks nope')).toMatchObject({
      status: 1,
      err: `✗ Kustomization object 'nope' not found in "apps" namespace\n`,
    });
    expect(await fluxctl('get alerts')).toMatchObject({
      status: 1,
      err: '✗ no Alert objects found in "apps" namespace\n',
    });
  });

  test('kinds that the cluster has not got are named', async () => {
    const ref = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      name: 'alerts.notification.toolkit.fluxcd.io',
    };
    const definition = await stage.kube.get(ref);
    await stage.kube.delete(ref);
    const { status, err } = await fluxctl('get alerts');
    if (definition !== undefined)
      await stage.apply({
        apiVersion: ref.apiVersion,
        kind: ref.kind,
        metadata: { name: ref.name },
        spec: definition['spec'],
      });
    expect({ status, err }).toEqual({
      status: 0,
      err: '✗ the cluster has no Alert (notification.toolkit.fluxcd.io/v1beta3)\n',
    });
  });

  test('--watch goes on with what changes', async () => {
    const stop = new AbortController();
    const world = testWorld({ env: { KUBECONFIG: kubeconfig }, signal: stop.signal });
    const ended = runFluxctl(['get', 'source', 'helm', '--watch'], world);
    await until(() => world.printed.out.includes('oci'));
    await fluxctl('suspend source helm oci');
    await until(() => /^oci\s+\t\s*\tTrue/m.test(world.printed.out));
    stop.abort();
    expect(await ended).toBe(0);
    await fluxctl('resume source helm oci');
  });
});

async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!isSo()) {
    if (Date.now() > end) throw new Error('it did not come to this');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('suspend, resume, reconcile', () => {
  test('a Kustomization and its source', async () => {
    expect(await fluxctl('suspend ks web')).toEqual({
      status: 0,
      out: '',
      err: '► suspending kustomization web in apps namespace\n✔ kustomization suspended\n',
    });
    expect(await fluxctl('reconcile ks web')).toMatchObject({
      status: 1,
      err: '✗ resource is suspended\n',
    });
    expect(await fluxctl('resume ks web')).toEqual({
      status: 0,
      out: '',
      err: `► resuming kustomization web in apps namespace
✔ kustomization resumed
◎ waiting for Kustomization reconciliation
✔ Kustomization web reconciliation completed
✔ applied revision master@sha1:${revision}
`,
    });
    expect(await fluxctl('reconcile ks web --with-source')).toEqual({
      status: 0,
      out: '',
      err: `► annotating GitRepository repo in apps namespace
✔ GitRepository annotated
◎ waiting for GitRepository reconciliation
✔ fetched revision master@sha1:${revision}
► annotating Kustomization web in apps namespace
✔ Kustomization annotated
◎ waiting for Kustomization reconciliation
✔ applied revision master@sha1:${revision}
`,
    });
  });

  test('a release with its chart, forced', async () => {
    const { status, err } = await fluxctl('reconcile hr small --with-source --force');
    expect({ status, err }).toEqual({
      status: 0,
      err: expect.stringContaining('✔ applied revision 1.0.0'),
    });
    expect(err.match(/annotating \w+/g)).toEqual([
      'annotating GitRepository',
      'annotating HelmChart',
      'annotating HelmRelease',
    ]);
    const release = await stage.until(
      'HelmRelease',
      'small',
      (_, { metadata }) =>
        metadata.annotations?.['reconcile.fluxcd.io/forceAt'] ===
        metadata.annotations?.['reconcile.fluxcd.io/requestedAt'],
    );
    expect(release.metadata.annotations?.['reconcile.fluxcd.io/forceAt']).toMatch(/^\d{4}-/);
  });

  test('what fails, and what nothing works at', async () => {
    const failed = await fluxctl('reconcile ks bad');
    expect(failed.status).toBe(1);
    expect(failed.err).toContain(
      '✗ Kustomization reconciliation failed: kustomization path not found',
    );
    expect(await fluxctl('reconcile source helm oci')).toMatchObject({
      status: 0,
      err: '✔ reconciliation not supported by the object\n',
    });
    expect(await fluxctl('reconcile ks web --force')).toMatchObject({ status: 1 });
  });

  test('several, of which one is not there', async () => {
    const { status, err } = await fluxctl('suspend ks web nope bad');
    expect(status).toBe(1);
    expect(err.match(/kustomization suspended/g)).toHaveLength(2);
    expect((await fluxctl('resume ks --all')).status).toBe(0);
  });
});

describe('events and tree', () => {
  test('of an object with its source, sorted', async () => {
    const { out } = await fluxctl('events --for ks/web');
    const rows = cells(out).slice(1, -1);
    expect(new Set(rows.map((row) => row[3]))).toContain('GitRepository/repo');
    expect(rows.map((row) => row[2])).toContain('ReconciliationSucceeded');
    const warnings = await fluxctl('events --types warning');
    expect(warnings.out).toContain('ArtifactFailed');
    expect(warnings.out).not.toContain('\tNormal');
    expect(await fluxctl('events --for foo/x')).toMatchObject({ status: 1 });
  });

  test('a tree of what was applied, releases opened', async () => {
    expect((await fluxctl('tree ks web')).out).toBe(`Kustomization/apps/web
├── ConfigMap/apps/settings
├── Secret/apps/hidden
├── Deployment/apps/web
└── HelmRelease/apps/small
    └── ConfigMap/apps/small-map

`);
    const json: unknown = JSON.parse((await fluxctl('tree hr small -o json')).out);
    expect(json).toEqual({
      resource: {
        Namespace: namespace,
        Name: 'small',
        GroupKind: { Group: 'helm.toolkit.fluxcd.io', Kind: 'HelmRelease' },
      },
      resources: [
        {
          resource: {
            Namespace: namespace,
            Name: 'small-map',
            GroupKind: { Group: '', Kind: 'ConfigMap' },
          },
        },
      ],
    });
  });
});

describe('trace', () => {
  test('to the Kustomization, to the release, and their source', async () => {
    const kustomized = await fluxctl('trace deploy web');
    expect(kustomized.out).toContain(
      '\nObject:          Deployment/web\nNamespace:       apps\nStatus:          Managed by Flux\n---\nKustomization:   web\n',
    );
    expect(kustomized.out).toContain(`GitRepository:   repo\n`);
    expect(kustomized.out).toContain(`Revision:        master@sha1:${revision}\n`);
    const released = await fluxctl('trace cm/small-map');
    expect(released.out.match(/^[A-Z]\w+: +\S+/gm)).toContain('HelmChart:      apps-small');
    expect(await fluxctl('trace ns apps')).toMatchObject({ status: 1 });
  });
});

describe('diff', () => {
  const folder = () => path.join(stage.folder, 'local', 'deploy');

  test('of a Kustomization: what is new, other, gone; Secrets are masked', async () => {
    await mkdir(folder(), { recursive: true });
    await writeFile(path.join(folder(), 'web.yaml'), web('o/web:1', settings));
    expect(await fluxctl(`diff ks web --path ${folder()}`)).toEqual({
      status: 0,
      out: '',
      err: '',
    });
    const more = '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: more, namespace: apps}\n';
    await writeFile(path.join(folder(), 'web.yaml'), web('o/web:2', more));
    const { status, out } = await fluxctl(`diff ks web --path ${folder()}`);
    expect(status).toBe(1);
    expect(out.match(/^► .*$/gm)).toEqual([
      '► ConfigMap/apps/more created',
      '► Secret/apps/hidden drifted',
      '► Deployment/apps/web drifted',
      '► ConfigMap/apps/settings deleted',
      '► HelmRelease/apps/small deleted',
    ]);
    expect(out).toContain('-      - image: o/web:1\n+      - image: o/web:2\n');
    expect(out).not.toContain(Buffer.from('o/web:2').toString('base64'));
    const live = await stage.kube.get({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace,
      name: 'more',
    });
    expect(live).toBeUndefined();
  });

  test.each([
    ['diff ks web', 'invalid resource path'],
    ['diff ks web --path /does/not/exist', 'invalid resource path'],
    ['diff ks web --path README.md', 'invalid resource path'],
    ['diff ks nope --path .', 'not found'],
    ['diff ks web --path . --ignore-not-found', 'kustomization file is required'],
    ['diff ks web --path . --kustomization-file package.json', 'failed find kustomization'],
  ])('%s fails with status 2', async (words, message) => {
    const { status, err } = await fluxctl(words);
    expect(err).toContain(message);
    expect(status).toBe(2);
  });

  test('of one that the cluster has not got yet, from a source of another maker', async () => {
    const file = path.join(stage.folder, 'fresh.yaml');
    const spec = { prune: true, sourceRef: { kind: 'ExternalArtifact', name: 'made' } };
    const fresh = { ...v2('Kustomization', 'kustomize.toolkit.fluxcd.io/v1', 'fresh', spec) };
    await writeFile(file, JSON.stringify({ ...fresh, metadata: { name: 'fresh' } }));
    const new1 = path.join(stage.folder, 'fresh');
    await mkdir(new1);
    const map = '{apiVersion: v1, kind: ConfigMap, metadata: {name: fresh, namespace: apps}}';
    await writeFile(path.join(new1, 'map.yaml'), map);
    const words = `diff ks fresh --path ${new1} --kustomization-file ${file}`;
    expect(await fluxctl(words)).toMatchObject({
      status: 2,
      err: expect.stringContaining(`"fresh" not found`) as unknown,
    });
    expect(await fluxctl(`${words} --ignore-not-found --in-memory-build`)).toMatchObject({
      status: 1,
      out: '► ConfigMap/apps/fresh created\n',
    });
    expect(await fluxctl(`diff ks web --path ${new1} --kustomization-file ${new1}`)).toMatchObject({
      status: 1,
      err: expect.stringContaining('invalid kustomization file') as unknown,
    });
  });

  test('of Kustomizations in it, with the folders of their sources', async () => {
    const top = path.join(stage.folder, 'top');
    const local = path.join(stage.folder, 'inner');
    await mkdir(top);
    await mkdir(path.join(local, 'deploy'), { recursive: true });
    const added =
      '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: added, namespace: apps}\n';
    await writeFile(path.join(local, 'deploy', 'web.yaml'), web('o/web:1', settings + added));
    const live = await stage.kube.get({
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      namespace,
      name: 'web',
    });
    const inner = JSON.stringify({
      apiVersion: live?.apiVersion,
      kind: live?.kind,
      metadata: { name: 'web', namespace },
      spec: live?.['spec'],
    });
    await writeFile(path.join(top, 'web.yaml'), inner);
    const words = `diff ks bad --path ${top} --recursive`;
    const unknown = await fluxctl(words);
    expect(unknown.status).toBe(2);
    expect(unknown.err).toContain('path for GitRepository/apps/repo of kustomization web');
    const source = `GitRepository/apps/repo=${local}`;
    const { status, out } = await fluxctl(`${words} --local-sources ${source}`);
    expect(status).toBe(1);
    expect(out).toContain('► Kustomization/apps/web drifted\n');
    expect(out).toContain('📁 Kustomization/apps/web changed\n► ConfigMap/apps/added created\n');
    const far = {
      ...live,
      spec: { ...Object(live?.['spec']), kubeConfig: { secretRef: { name: 'far' } } },
    };
    const { apiVersion, kind } = far;
    await writeFile(
      path.join(top, 'web.yaml'),
      JSON.stringify({ apiVersion, kind, metadata: { name: 'web', namespace }, spec: far.spec }),
    );
    expect((await fluxctl(words)).out).toContain(
      '⚠️ Kustomization/apps/web skipped: diff not supported for remote clusters\n',
    );
  });

  test('of a release: with the chart it has, and with another', async () => {
    expect(await fluxctl('diff hr small')).toMatchObject({ status: 0, out: '' });
    const chart = path.join(stage.folder, 'chart');
    for (const [name, text] of Object.entries(smallChart('1.1.0'))) {
      await mkdir(path.dirname(path.join(chart, name)), { recursive: true });
      await writeFile(path.join(chart, name), text);
    }
    const { status, out } = await fluxctl(`diff hr small --chart ${chart}`);
    expect(status).toBe(1);
    expect(out).toContain('changed release apps/small: apps:configmap/small-map\n');
    expect(out).toContain('-  version: 1.0.0\n+  version: 1.1.0\n');
  });

  test('of a release: with the feature gates that the toolkit has', async () => {
    const chart = path.join(stage.folder, 'asking');
    const template = `apiVersion: v1
kind: ConfigMap
metadata: {name: asking}
data: {address: "<{{ getHostByName "localhost" }}>"}
`;
    for (const [name, text] of Object.entries(
      smallChart('1.0.0', { 'templates/a.yaml': template }),
    )) {
      await mkdir(path.dirname(path.join(chart, name)), { recursive: true });
      await writeFile(path.join(chart, name), text);
    }
    const plain = await fluxctl(`diff hr small --chart ${chart}`);
    expect(plain.out).toContain('address: <>\n');
    const gates = '--feature-gates=AllowDNSLookups=true,UseHelm3Defaults=true';
    const { out } = await fluxctl(`diff hr small --chart ${chart} ${gates}`);
    expect(out).toMatch(/address: <(127\.0\.0\.1|::1)>\n/);
    expect(await fluxctl(`diff hr small --feature-gates=Nope=true`)).toMatchObject({
      status: 2,
      err: expect.stringContaining("feature-gate 'Nope' not supported") as string,
    });
  });
});

describe('build', () => {
  const folder = () => path.join(stage.folder, 'built');
  const file = () => path.join(stage.folder, 'built.yaml');
  const map = (name: string, text: string) =>
    `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {text: "${text}"}\n`;
  const labels = (name: string) => `  labels:
    kustomize.toolkit.fluxcd.io/name: ${name}
    kustomize.toolkit.fluxcd.io/namespace: apps
`;

  beforeAll(async () => {
    await mkdir(folder());
    await writeFile(path.join(folder(), 'map.yaml'), map('one', '${who:-nobody}'));
    await stage.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'who', namespace },
      data: { who: 'somebody' },
    } as KubeObject);
    const spec = {
      targetNamespace: 'apps',
      postBuild: { substituteFrom: [{ kind: 'ConfigMap', name: 'who' }] },
    };
    const object = v2('Kustomization', 'kustomize.toolkit.fluxcd.io/v1', 'web', spec);
    await writeFile(file(), JSON.stringify(object));
  });

  test.each([
    ['', 'somebody'],
    // Without variables nothing is replaced.
    [' --dry-run', '${who:-nobody}'],
  ])('of a folder, with the spec of a file%s', async (more, who) => {
    const words = `build ks web --path ${folder()} --kustomization-file ${file()}${more}`;
    expect(await fluxctl(words)).toEqual({
      status: 0,
      err: '',
      out: `apiVersion: v1
data:
  text: ${who}
kind: ConfigMap
metadata:
${labels('web')}  name: one
  namespace: apps
---
`,
    });
  });

  test.each([
    ['build ks web', 'invalid resource path ""'],
    ['build hr web --path .', 'build what?'],
    ['build ks --path .', 'kustomization name is required'],
    ['build ks web --path . --dry-run', 'dry-run mode requires a kustomization file'],
    ['build ks nope --path .', 'not found'],
    ['build ks web --path . --local-sources GitRepository/a/b', 'formatted as key=value'],
  ])('%s is refused', async (words, message) => {
    const { status, err } = await fluxctl(words);
    expect(status).toBeGreaterThan(0);
    expect(err).toContain(message);
  });
});

describe('what other makers write', () => {
  test('an ArtifactGenerator and its ExternalArtifacts', async () => {
    const group = 'source.extensions.fluxcd.io';
    await stage.apply({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `artifactgenerators.${group}` },
      spec: {
        group,
        names: {
          kind: 'ArtifactGenerator',
          listKind: 'ArtifactGeneratorList',
          plural: 'artifactgenerators',
          singular: 'artifactgenerator',
        },
        scope: 'Namespaced',
        versions: [
          {
            name: 'v1beta1',
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        ],
      },
    } as KubeObject);
    stage.kube.invalidateDiscovery();
    await stage.apply({
      ...v2('ArtifactGenerator', `${group}/v1beta1`, 'gen', {}),
      status: {
        conditions: [{ type: 'Ready', status: 'True', reason: 'Succeeded', message: 'fine' }],
        inventory: [{ namespace, name: 'made' }],
      },
    });
    await stage.apply(
      v2('ExternalArtifact', 'source.toolkit.fluxcd.io/v1', 'made', {
        sourceRef: { apiVersion: `${group}/v1beta1`, kind: 'ArtifactGenerator', name: 'gen' },
      }),
    );
    expect(cells((await fluxctl('get artifact generators')).out)).toEqual([
      ['NAME', 'SUSPENDED', 'READY', 'MESSAGE'],
      ['gen', 'False', 'True', 'fine', ''],
      [''],
    ]);
    expect(cells((await fluxctl('get source external')).out)[1]?.slice(0, 3)).toEqual([
      'made',
      '',
      'ArtifactGenerator//gen',
    ]);
    expect((await fluxctl('tree artifact generator gen')).out).toBe(
      'ArtifactGenerator/apps/gen\n└── ExternalArtifact/apps/made\n\n',
    );
    expect((await fluxctl('suspend artifact generator gen')).status).toBe(0);
    expect(cells((await fluxctl('get ag gen --no-header')).out)[0]?.[1]).toBe('True');
    expect(await fluxctl('suspend source external made')).toMatchObject({ status: 1 });
  });
});

describe('the older generation', () => {
  const antecedent = { 'helm.fluxcd.io/antecedent': 'apps:helmrelease/old' };
  const set = syncSetName('https://example.com/o/r', 'master', ['releases']);
  const older = (name: string, revisionOf: string): KubeObject => ({
    apiVersion: 'helm.fluxcd.io/v1',
    kind: 'HelmRelease',
    metadata: {
      name,
      namespace,
      labels: { 'fluxcd.io/sync-gc-mark': markOf(set, `apps:helmrelease/${name}`) },
    },
    spec: { chart: { git: 'https://example.com/o/charts', path: 'app', ref: 'main' } },
    status: {
      revision: revisionOf,
      conditions: [
        {
          type: 'Released',
          status: 'True',
          message: 'released',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    },
  });
  const deployment = (
    name: string,
    annotations: Record<string, string>,
    args: string[],
  ): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, annotations },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name, image: 'o/x:1', args }] },
      },
    },
  });

  beforeAll(async () => {
    const release = older('old', revision);
    await stage.apply(release);
    await stage.kube.patch(
      { apiVersion: release.apiVersion, kind: release.kind, namespace, name: 'old' },
      'merge',
      { status: release['status'] },
      { subresource: 'status' },
    );
    await stage.apply(deployment('released', antecedent, []));
    await stage.apply(
      deployment('flux', {}, [
        '--git-url=https://example.com/o/r',
        '--git-path=releases',
        '--git-readonly',
      ]),
    );
    await stage.apply({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'flux-git-deploy',
        namespace,
        annotations: { 'flux.weave.works/sync-hwm': revision },
      },
    });
    await stage.apply(
      deployment('synced', { 'fluxcd.io/sync-checksum': 'x', 'fluxcd.io/automated': 'true' }, []),
    );
  });

  test('trace goes by its marks, up to the repository that fluxd syncs', async () => {
    const { out } = await fluxctl('trace deploy released');
    expect(out).toContain('HelmRelease:     old (helm.fluxcd.io/v1)\n');
    expect(out).toContain(
      'Git:             https://example.com/o/charts\nPath:            app\nRef:             main\n',
    );
    expect(out).toContain(
      `fluxd:           flux\nNamespace:       apps\nURL:             https://example.com/o/r\nBranch:          master\nPath:            releases\nRevision:        ${revision}\n`,
    );
    expect((await fluxctl('trace deploy synced')).out).toContain('fluxd:           Unknown\n');
  });

  test('diff renders a release as the operator would', async () => {
    const chart = path.join(stage.folder, 'older');
    for (const [name, text] of Object.entries(smallChart('1.0.0'))) {
      await mkdir(path.dirname(path.join(chart, name)), { recursive: true });
      await writeFile(path.join(chart, name), text);
    }
    const { status, out } = await fluxctl(`diff hr old --chart ${chart}`);
    expect(status).toBe(1);
    expect(out).toContain('added release apps/apps-old: apps:configmap/apps-old-map\n');
    expect(out).toContain('+  text: hello\n');
  });

  test('a tree of what fluxd syncs goes by its mark', async () => {
    expect((await fluxctl('tree fluxd flux')).out).toBe(
      'Deployment/apps/flux\n└── HelmRelease/apps/old\n\n',
    );
    expect(await fluxctl('tree fluxd released')).toMatchObject({ status: 1 });
  });

  test('get shows both generations, and workloads', async () => {
    const { out } = await fluxctl('get hr');
    expect(out).toContain('helmrelease/small');
    expect(out).toContain(`helmrelease.helm.fluxcd.io/old\t${revision.slice(0, 8)}`);
    const workloads = await fluxctl('get workloads');
    expect(cells(workloads.out)[1]?.slice(0, 4)).toEqual([
      'deployment/synced',
      'o/x:1',
      'automated',
      'False',
    ]);
  });

  test('suspend and resume go by annotations', async () => {
    await fluxctl('suspend hr old');
    await fluxctl('suspend deployment synced');
    const annotations = async (kind: string, apiVersion: string, name: string) =>
      (await stage.kube.get({ apiVersion, kind, namespace, name }))?.metadata.annotations ?? {};
    expect(await annotations('HelmRelease', 'helm.fluxcd.io/v1', 'old')).toMatchObject({
      'helm.fluxcd.io/suspend': 'true',
    });
    expect(await annotations('Deployment', 'apps/v1', 'synced')).toMatchObject({
      'fluxcd.io/ignore': 'true',
    });
    expect((await fluxctl('resume hr old --wait=false')).status).toBe(0);
    expect((await fluxctl('resume deployment synced')).status).toBe(0);
    expect(await annotations('HelmRelease', 'helm.fluxcd.io/v1', 'old')).not.toHaveProperty([
      'helm.fluxcd.io/suspend',
    ]);
    expect(await annotations('Deployment', 'apps/v1', 'synced')).not.toHaveProperty([
      'fluxcd.io/ignore',
    ]);
  });

  test.each([
    ['Normal', 'ReleaseSynced', 0, '✔ applied revision'],
    ['Warning', 'FailedReleaseSync', 1, '✗ HelmRelease reconciliation failed: no such chart'],
  ])('reconcile waits for the Event %s %s', async (type, reason, status, said) => {
    const ref = { apiVersion: 'helm.fluxcd.io/v1', kind: 'HelmRelease', namespace, name: 'old' };
    const before = (await stage.kube.get(ref))?.metadata.annotations?.[
      'helm.fluxcd.io/reconcile-at'
    ];
    const ended = fluxctl('reconcile hr old');
    for (;;) {
      const now = (await stage.kube.get(ref))?.metadata.annotations?.[
        'helm.fluxcd.io/reconcile-at'
      ];
      if (now !== undefined && now !== before) break;
    }
    await stage.kube.create({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `old.${reason.toLowerCase()}`, namespace },
      involvedObject: ref,
      type,
      reason,
      message: 'no such chart',
      count: 1,
    });
    const found = await ended;
    expect(found).toMatchObject({ status, err: expect.stringContaining(said) as unknown });
  });

  test('what fluxd syncs is not reconciled alone; two of one name have to be told apart', async () => {
    expect((await fluxctl('reconcile deployment synced')).err).toContain('use fluxctl sync');
    await stage.apply({ ...older('small', ''), metadata: { name: 'small', namespace } });
    const { status, err } = await fluxctl('suspend hr small');
    expect(status).toBe(1);
    expect(err).toContain(
      'say helmrelease.helm.toolkit.fluxcd.io/small or helmrelease.helm.fluxcd.io/small',
    );
  });
});
